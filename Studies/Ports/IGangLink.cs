using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>What a message between the processes of a gang is about.</summary>
public enum GangStage
{
    /// <summary>The leader says from which checkpoint the trial goes on.</summary>
    Start,

    /// <summary>A member says that it could begin, or why not.</summary>
    Ready,

    /// <summary>The leader names who takes part.</summary>
    Roster,

    /// <summary>Gradients of the sender's shards, for the receiver's part of the parameters.</summary>
    Shards,

    /// <summary>The sum of all shards' gradients, for the sender's part of the parameters.</summary>
    Sum,

    /// <summary>Predictions of the sender's validation rows.</summary>
    Predictions,

    /// <summary>The sender takes part no more: nobody waits for the gang any longer.</summary>
    End,
}

/// <summary>Where in a trial's course a message belongs. With its sender the message's name: one that comes twice is taken once.</summary>
/// <param name="Step">Optimiser steps before; −1 before the first. Never falls from one message of a sender to the next.</param>
/// <param name="Stage">What it is about.</param>
/// <param name="Part">Long messages come in parts, counted from 0.</param>
public readonly record struct GangPlace(long Step, GangStage Stage, int Part = 0);

/// <summary>
/// Messages between the processes that carry one sharded trial together. One link is one attempt under one lease: what an earlier attempt sends is
/// not taken. Bytes are handed over, not copied: neither side changes them afterwards. Safe for concurrent use.
/// </summary>
public interface IGangLink
{
    /// <summary>Workers of every process, the leader's first.</summary>
    ImmutableArray<int> Workers { get; }

    /// <summary>This process's place in <see cref="Workers"/>; 0 is the leader.</summary>
    int Self { get; }

    /// <summary>Hands a message over, to be delivered again and again until the other process has it or the gang has ended. Does not wait.</summary>
    void Send(int to, GangPlace place, byte[] payload);

    /// <summary>Waits for a message.</summary>
    /// <exception cref="GangEndedException">A process of the gang takes part no more.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was signalled first.</exception>
    byte[] Receive(int from, GangPlace place, CancellationToken cancellation);

    /// <summary>This process takes part no more: the others' waits end, once they have taken what was sent before.</summary>
    /// <param name="problem">What made it unable to go on; null when it was stopped.</param>
    void End(string? problem);

    /// <summary>What made another process unable to go on; null while none was.</summary>
    string? Problem { get; }
}

/// <summary>The gang has ended before its work: the attempt is interrupted, and the trial goes on from its checkpoint with whoever is there.</summary>
/// <param name="problem">What made a process unable to go on; null when it was stopped.</param>
public sealed class GangEndedException(string? problem) : OperationCanceledException(problem ?? "a process of the gang was stopped")
{
    /// <summary>What made a process unable to go on; null when it was stopped.</summary>
    public string? Problem => problem;
}
