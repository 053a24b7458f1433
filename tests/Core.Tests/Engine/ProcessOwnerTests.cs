using AtomSets.Engine;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

public sealed class ProcessOwnerTests
{
    [Fact]
    public void Only_a_process_of_this_machine_that_is_certainly_gone_is_dead()
    {
        var parts = ProcessOwner.Current.Split(':');
        Assert.False(ProcessOwner.IsDead(ProcessOwner.Current + "/w1"));
        // Its number went to another process.
        Assert.True(ProcessOwner.IsDead($"{parts[0]}:{parts[1]}:{long.Parse(parts[2]) + 1}/w1"));
        Assert.True(ProcessOwner.IsDead($"{parts[0]}:{int.MaxValue}:1/w1"));
        Assert.False(ProcessOwner.IsDead($"another-machine:{int.MaxValue}:1/w1"));
        Assert.False(ProcessOwner.IsDead("a name of somebody else's"));
    }
}
