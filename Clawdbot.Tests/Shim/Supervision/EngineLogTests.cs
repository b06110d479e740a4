using Clawdbot.InferenceShim.Supervision;
using Microsoft.Extensions.Logging;

namespace Clawdbot.Tests.Shim.Supervision;

public sealed class EngineLogTests
{
    [Fact]
    public void Lines_are_bounded_and_hold_no_control_characters()
    {
        var lines = new EngineLines();
        string[] seen =
        [
            .. lines.Take("one\r\ntwo \u001b[31mred\n10 %\r20 %\r".AsMemory()),
            .. lines.Take("thr".AsMemory()),
            .. lines.Take("ee\n".AsMemory()),
        ];
        Assert.Equal(["one", "two  [31mred", "10 %", "20 %", "three"], seen);
        Assert.Empty(lines.Take(new string('x', 10_000).AsMemory()));
        Assert.Equal(EngineLines.MostCharacters, lines.End()!.Length);
        Assert.Null(lines.End());
    }

    [Fact]
    public async Task A_log_that_blocks_never_blocks_the_engine_and_says_what_it_left_out()
    {
        using var slow = new BlockedLogger();
        var log = new EngineLog(slow);
        var reading = log.ReadAsync(new StringReader(string.Concat(Enumerable.Range(0, 5000).Select(i => $"line {i}\n"))),
            new StringReader("a\nb\nc\nd\n"));
        await Deploy.Poll.UntilAsync(() => log.Newest == "line 4999" || log.LastWords.EndsWith('d') && log.Newest.Length > 0 && slow.Waits);
        await Deploy.Poll.UntilAsync(() => log.LastWords == "b / c / d");
        Assert.False(reading.IsCompleted);

        slow.Release();
        await reading;
        Assert.Contains(slow.Lines,
            l => l.EndsWith("lines of the engine's log were left out: it writes faster than this log takes", StringComparison.Ordinal));
        Assert.InRange(slow.Lines.Count, 1000, 1100);
    }

    private sealed class BlockedLogger : ILogger<EngineLog>, IDisposable
    {
        private readonly ManualResetEventSlim _released = new();

        public List<string> Lines { get; } = [];

        public bool Waits { get; private set; }

        public void Release() => _released.Set();

        public void Dispose() => _released.Dispose();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Waits = true;
            _released.Wait();
            Lines.Add(formatter(state, exception));
        }
    }
}
