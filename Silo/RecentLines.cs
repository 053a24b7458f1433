using System.Globalization;
using Microsoft.Extensions.Logging;

namespace AtomSets.Silo;

/// <summary>Keeps the last lines of the log in memory, for `cluster logs`: wherever the silo's output goes. Safe for concurrent use.</summary>
sealed class RecentLines(TimeProvider time) : ILoggerProvider
{
    const int MostLines = 2000, Width = 500;

    readonly Lock _gate = new();
    readonly Queue<string> _lines = new();

    /// <summary>The last so many, oldest first.</summary>
    public string[] Last(int count)
    {
        lock (_gate) return [.. _lines.TakeLast(count)];
    }

    public ILogger CreateLogger(string categoryName) => new Writer(this, categoryName);

    public void Dispose()
    {
    }

    void Add(LogLevel level, string category, string message, Exception? error)
    {
        var now = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var text = $"{now} {level.ToString().ToLowerInvariant()}: {category}: {message}{(error is null ? "" : $" {error.GetType().Name}: {error.Message}")}".ReplaceLineEndings(" ");
        lock (_gate)
        {
            _lines.Enqueue(text.Length <= Width ? text : text[..Width]);
            if (_lines.Count > MostLines) _lines.Dequeue();
        }
    }

    sealed class Writer(RecentLines lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Add(logLevel, category, formatter(state, exception), exception);
    }
}
