using AtomSets.Studies;

namespace AtomSets.Dashboard;

/// <summary>Answers about studies, computed once for each state of a study: fits with their bootstraps, and what looks at every evaluation.</summary>
sealed class AnswerCache
{
    const int Kept = 64;

    readonly Lock _lock = new();
    readonly Dictionary<string, (DateTimeOffset Created, long Sequence, Task<object> Answer)> _answers = new(StringComparer.Ordinal);

    /// <param name="study">As of the answer.</param>
    /// <param name="question">What is asked, with its parameters.</param>
    /// <param name="compute">Is not stopped when who asks has gone: the next one gets it.</param>
    public async Task<T> GetAsync<T>(StudySummary study, string question, Func<Task<T>> compute, CancellationToken cancellation)
    {
        Task<object> answer;
        lock (_lock)
        {
            var key = $"{study.Name} {question}";
            if (_answers.TryGetValue(key, out var known) && (known.Created, known.Sequence) == (study.Created, study.LastSequence) && !known.Answer.IsFaulted && !known.Answer.IsCanceled) answer = known.Answer;
            else
            {
                if (_answers.Count >= Kept) _answers.Clear();
                answer = Task.Run(async () => (object)(await compute())!);
                _answers[key] = (study.Created, study.LastSequence, answer);
            }
        }
        return (T)await answer.WaitAsync(cancellation);
    }
}
