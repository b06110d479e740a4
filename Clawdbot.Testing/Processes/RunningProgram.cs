using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;

namespace Clawdbot.Testing.Processes;

/// <summary>A process that was started here; its output is kept, and it is killed when this is disposed.</summary>
internal sealed class RunningProgram : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    /// <summary>The running processes by pid, which are killed when this program ends.</summary>
    private static readonly ConcurrentDictionary<int, RunningProgram> Alive = new();

    /// <summary>Variables of this process's environment that would change what a started one does.</summary>
    private static readonly string[] Unwanted =
        ["ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "HTTP_PORTS", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT"];

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<string, string?> _readyLine;

    static RunningProgram() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var pid in Alive.Where(p => !p.Value._process.HasExited).Select(p => p.Key))
            Signals.Send(pid, Signals.Kill);
    };

    private RunningProgram(ProcessStartInfo start, Func<string, string?> readyLine)
    {
        _readyLine = readyLine;
        _process = Process.Start(start)!;
        Alive[_process.Id] = this;
        _process.StandardInput.Close();
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public Task Exited => _process.WaitForExitAsync();

    public int ExitCode => _process.ExitCode;

    public string Output => string.Join('\n', _output);

    /// <summary>Starts it and waits for a line for which <paramref name="readyLine"/> is not null; returns that value too.</summary>
    public static async Task<(RunningProgram Program, string Ready)> StartAsync(
        string file, IEnumerable<string> arguments, Func<string, string?> readyLine,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var program = Begin(file, arguments, readyLine, environment);
        var first = await Task.WhenAny(program._ready.Task, program.Exited, Task.Delay(StartLimit, TimeProvider.System));
        if (first == program._ready.Task)
            return (program, await program._ready.Task);
        await program.DisposeAsync();
        throw new InvalidOperationException($"{file} did not come up:\n{program.Output}");
    }

    /// <summary>Starts it without waiting.</summary>
    public static RunningProgram Begin(
        string file, IEnumerable<string> arguments, Func<string, string?>? readyLine = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(file)
        {
            WorkingDirectory = Path.GetDirectoryName(file)!,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var name in Unwanted)
            start.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new RunningProgram(start, readyLine ?? (_ => null));
    }

    /// <summary>Waits until it accepts connections, where it prints no line that says so.</summary>
    /// <exception cref="InvalidOperationException">It ended.</exception>
    public async Task ListeningAsync(Uri address)
    {
        while (!Exited.IsCompleted)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(address.Host, address.Port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
        throw new InvalidOperationException($"{_process.StartInfo.FileName} did not come up:\n{Output}");
    }

    public void Signal(int signal) => Signals.Send(Id, signal);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        Alive.TryRemove(_process.Id, out _);
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        _output.Enqueue(line);
        if (_readyLine(line) is { } ready)
            _ready.TrySetResult(ready);
    }
}
