using System.Globalization;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Processes;

/// <summary>
/// A real shim that is the parent of a real engine: another shim with the embedded engine, which speaks OpenAI's dialect. To the parent it is
/// a program like any other, to be waited for, killed and stopped.
/// </summary>
internal sealed class ParentedShim : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly FleetCaller _caller;

    private ParentedShim(ShimHost host, DirectoryInfo folder) => (Host, _folder, _caller) = (host, folder, new FleetCaller(host.Address));

    public ShimHost Host { get; }

    /// <summary>A folder of its own, which is <c>$FOLDER</c> for the engine's script.</summary>
    public string Folder => _folder.FullName;

    /// <summary>Ids of the engines' first processes, oldest first.</summary>
    public IReadOnlyList<int> Engines => EngineStarts.Of(Host);

    /// <summary>The engine of now.</summary>
    public int Engine => Engines[^1];

    /// <summary>Starts one; its engine comes up when it does.</summary>
    /// <param name="before">Shell script that runs first in the engine's process; it becomes the engine when that ends.</param>
    /// <param name="tokensPerSecond">Pace of an answer.</param>
    /// <param name="port">Where the engine listens; 0: at a free port.</param>
    /// <param name="firstTokenMilliseconds">Its wait before the first token.</param>
    /// <param name="arguments">Of the shim.</param>
    public static async Task<ParentedShim> StartAsync(string before = "", double tokensPerSecond = 40, int port = 0, int firstTokenMilliseconds = 0, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("clawdbot-parented-");
        var key = Path.Combine(folder.FullName, "key");
        await File.WriteAllTextAsync(key, ShimHost.Secret);
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{(port == 0 ? FreePort.Next() : port)}");
        var script = string.Create(CultureInfo.InvariantCulture, $"""
            FOLDER={folder.FullName}
            lives() ( grep -qs '^State:[[:space:]]*[^ZX[:space:]]' /proc/$(cat $1 2>/dev/null)/status )
            lives $FOLDER/pid && echo two > $FOLDER/two
            echo $$ > $FOLDER/pid
            {before}
            exec {Repository.Program("Clawdbot.InferenceShim")} --urls={address} --Fleet:Secret={ShimHost.Secret} --Api:OpenAi=true --Engine:Capacity=32 --Engine:Embedded:TokensPerSecond={tokensPerSecond} --Engine:Embedded:FirstTokenDelayMilliseconds={firstTokenMilliseconds}
            """);
        var host = await ShimHost.StartAsync(["--Engine:Kind=openai", $"--Engine:Address={address}", $"--Engine:ApiKeyFile={key}", "--Engine:OpenAi:Repeatable=true",
            "--Engine:Capacity=16", "--Liveness:Canary=Off", "--Engine:Parent:RestartDelayMilliseconds=100", "--Engine:Parent:ModelRetrySeconds=1",
            "--Engine:Command:0=/bin/sh", "--Engine:Command:1=-c", $"--Engine:Command:2={script}", .. arguments]);
        return new ParentedShim(host, folder);
    }

    /// <summary>The first status that is as wanted.</summary>
    public Task<ShimStatus> StatusAsync(Func<ShimStatus, bool> until) => _caller.StatusAsync(until);

    /// <summary>Its engine serves.</summary>
    public Task<ShimStatus> ReadyAsync() => StatusAsync(s => s.Verdict == ShimVerdict.Ready);

    /// <summary>Waits for a file that the engine's script writes, and reads it.</summary>
    public async Task<string> FileAsync(string name)
    {
        var path = Path.Combine(Folder, name);
        await Poll.UntilAsync(() => File.Exists(path) && new FileInfo(path).Length > 0);
        return (await File.ReadAllTextAsync(path)).Trim();
    }

    /// <summary>Whether a process runs: one that has ended and was not asked how does not.</summary>
    public static bool Lives(int pid) => InferenceShim.Supervision.ProcessStat.Read(pid) is { IsZombie: false };

    /// <summary>No engine was ever started while the one before it lived.</summary>
    public void NeverTwo() => Assert.False(File.Exists(Path.Combine(Folder, "two")), "two engines at once");

    public async ValueTask DisposeAsync()
    {
        _caller.Dispose();
        await Host.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
