using System.Reflection;
using AtomSets.Studies;

namespace AtomSets.Core.Tests.Studies;

/// <summary>A port whose calls fail now and then, before they do their work or (worse) after it, with the answer lost.</summary>
class FlakyPort : DispatchProxy
{
    object _target = null!;
    KeyedStream _random;
    long _calls;
    int _before, _after;

    /// <summary>Of 100 calls, about so many fail before and after the work.</summary>
    public static T Around<T>(T target, ulong seed, int before, int after)
        where T : class
    {
        var proxy = Create<T, FlakyPort>();
        var port = (FlakyPort)(object)proxy;
        (port._target, port._random, port._before, port._after) = (target, new KeyedStream(seed, typeof(T).Name), before, after);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var dice = (int)_random.Below((ulong)Interlocked.Increment(ref _calls), 100);
        if (dice < _before) return Failed(targetMethod!.ReturnType, "before the work");
        object? answer;
        try
        {
            answer = targetMethod!.Invoke(_target, args);
        }
        catch (TargetInvocationException e)
        {
            throw e.InnerException!;
        }
        return dice < _before + _after && answer is Task ? Failed(targetMethod.ReturnType, "after the work") : answer;
    }

    static object Failed(Type type, string when)
    {
        var gone = new StoreUnavailableException($"The store went away {when}.");
        if (type == typeof(Task)) return Task.FromException(gone);
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(Task<>)) throw gone;
        return typeof(Task).GetMethods().Single(method => method is { Name: nameof(Task.FromException), IsGenericMethod: true })
            .MakeGenericMethod(type.GetGenericArguments()).Invoke(null, [gone])!;
    }
}
