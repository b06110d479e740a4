using System.Globalization;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Processes;

/// <summary>A real Redis that keeps nothing on disk.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly int _port;

    private RedisServer(RunningProgram program, int port) => (Program, _port) = (program, port);

    public RunningProgram Program { get; private set; }

    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port}");

    public static async Task<RedisServer> StartAsync()
    {
        var port = FreePort.Next();
        return new RedisServer(await StartAsync(port), port);
    }

    /// <summary>Once more at the same address, after it was killed.</summary>
    public async Task RestartAsync()
    {
        await Program.DisposeAsync();
        Program = await StartAsync(_port);
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        Program.Signal(Signals.Kill);
        await Program.Exited;
    }

    public ValueTask DisposeAsync() => Program.DisposeAsync();

    private static async Task<RunningProgram> StartAsync(int port)
    {
        var (program, _) = await RunningProgram.StartAsync(Require.Program("/usr/bin/redis-server", "redis-server"),
            ["--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", Path.GetTempPath()],
            line => line.Contains("Ready to accept connections", StringComparison.Ordinal) ? line : null);
        return program;
    }
}
