namespace AtomSets.Studies;

/// <summary>The name is taken.</summary>
public sealed class StudyExistsException(string study)
    : Exception($"A study named '{study}' exists already; `study run` extends it, `study delete {study}` removes it.");

/// <summary>There is no study of that name.</summary>
public sealed class StudyNotFoundException(string study) : Exception($"There is no study named '{study}'; `study list` names all.");

/// <summary>Another host wrote to this study: the one that sees this steps down.</summary>
public sealed class StudyLogConflictException(string study, long expected)
    : Exception($"Event {expected} of study '{study}' was written by another host meanwhile; this one steps down.");

/// <summary>The store cannot be reached or failed; trying again later is sensible.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
