using System.Globalization;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios.RealEngine;

/// <summary>A real shim that is the parent of a real llama.cpp server.</summary>
internal sealed class LlamaShim : IAsyncDisposable
{
    private const string Server = "llama-server";
    private const string Variable = "CLAWDBOT_LLAMA_SERVER";

    private LlamaShim(ShimHost host) => Host = host;

    public ShimHost Host { get; }

    /// <summary>Ids of the servers' processes, oldest first.</summary>
    public IReadOnlyList<int> Engines => EngineStarts.Of(Host);

    /// <summary>The server of now.</summary>
    public int Engine => Engines[^1];

    /// <summary>Starts one; its server comes up when it does. The test is skipped where there is no server.</summary>
    /// <param name="model">What it serves.</param>
    /// <param name="takesPictures">Whether it has the projector.</param>
    public static async Task<LlamaShim> StartAsync(LlamaModel model, bool takesPictures = true)
    {
        var port = FreePort.Next().ToString(CultureInfo.InvariantCulture);
        string[] command =
        [
            Program(), "-m", model.Text, .. takesPictures ? (string[])["--mmproj", model.Projector] : [],
            "--alias", LlamaModel.Name, "--host", "127.0.0.1", "--port", port,
            "-np", "4", "-c", "16384", "--jinja", "-t", "1", "--slots", "--metrics",
        ];
        // Engines that die every few seconds are started at once all the same; a real one that does so is waited for longer and longer.
        return new LlamaShim(await ShimHost.StartAsync(
        [
            "--Engine:Kind=llamacpp", $"--Engine:Address=http://127.0.0.1:{port}", "--Engine:Capacity=4",
            "--Engine:Parent:RestartDelayMilliseconds=100", "--Engine:Parent:LongestRestartDelaySeconds=1",
            .. command.Select((part, i) => string.Create(CultureInfo.InvariantCulture, $"--Engine:Command:{i}={part}")),
        ]));
    }

    /// <summary>Path of the server's program; the test is skipped without it.</summary>
    public static string Program() => Require.Unpackaged(Server, Variable);

    /// <summary>Whether there is such a program.</summary>
    public static bool Exists => Require.Find(Server, Variable) is not null;

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
