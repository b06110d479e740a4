using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using System.Security.Cryptography;
using System.Text;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A gateway with keys and two replicas, all of which export to a receiver.</summary>
internal sealed class TracedFleet : IAsyncDisposable
{
    public const string Key = "key-of-acme-7f3a9c";
    public const string GatewayName = "gateway-7";

    private TracedFleet(OtlpReceiver receiver) => Receiver = receiver;

    public OtlpReceiver Receiver { get; }

    public GatewayProcess Gateway { get; private set; } = null!;

    /// <summary>Shims that the gateway did not start itself.</summary>
    public List<ShimHost> Shims { get; } = [];

    /// <summary>With replicas that the gateway starts itself.</summary>
    public static Task<TracedFleet> StartAsync(int tokensPerSecond = 0) => StartAsync(async fleet => fleet.Gateway =
        await GatewayProcess.StartAsync(fleet.Receiver.Environment(GatewayName), ["--Discovery:LocalReplicas=2", .. Settings, .. Speed(tokensPerSecond)]));

    /// <summary>With replicas that somebody else started.</summary>
    public static Task<TracedFleet> WithShimsAsync(int tokensPerSecond) => StartAsync(async fleet =>
    {
        foreach (var name in (string[])["shim-a", "shim-b"])
            fleet.Shims.Add(await ShimHost.StartAsync(fleet.Receiver.Environment(name), Speed(tokensPerSecond)));
        fleet.Gateway = await GatewayProcess.StartAsync(fleet.Receiver.Environment(GatewayName), [$"--Fleet:Secret={ShimHost.Secret}",
            $"--Fleet:AdminSecret={ShimHost.AdminSecret}", .. Settings, .. fleet.Shims.Select((s, i) => FormattableString.Invariant($"--Discovery:Replicas:{i}={s.Address}"))]);
    });

    /// <summary>Asks, and kills the replica that gives it when its text has begun.</summary>
    /// <returns>The answer, and who was killed.</returns>
    public async Task<(ObservedAnswer Answer, string Killed)> AskAndKillAsync(string question)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asking = Gateway.Chat.AskAsync(question, stream: true, onText: pieces => _ = pieces >= 4 && begun.TrySetResult());
        await await Task.WhenAny(asking, begun.Task);
        var victim = (await Gateway.Fleet.NowAsync()).Replicas.Single(r => r.Answering > 0);
        Signals.Send(victim.Pid!.Value, Signals.Kill);
        return (await asking, victim.Id);
    }

    /// <summary>Waits for so many spans and stops everything, so that nothing that was held back is missed.</summary>
    public async Task<IReadOnlyList<OtlpSpan>> StopAsync(int spans)
    {
        await Receiver.UntilAsync(spans);
        foreach (var program in (RunningProgram[])[Gateway.Program, .. Shims.Select(s => s.Program)])
        {
            if (!program.Exited.IsCompleted)
                program.Signal(Signals.Term);
            await program.Exited.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        }
        return Receiver.Spans;
    }

    public static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    public async ValueTask DisposeAsync()
    {
        if (Gateway is not null)
            await Gateway.DisposeAsync();
        foreach (var shim in Shims)
            await shim.DisposeAsync();
        await Receiver.DisposeAsync();
    }

    /// <summary>A replica that lives is believed however slow the machine is: each attempt more is a span more.</summary>
    private static string[] Settings => ["--Auth:Keys:0:Tenant=acme", $"--Auth:Keys:0:Sha256={Hash(Key)}",
        "--Forwarding:FirstTokenMilliseconds=120000", "--Forwarding:NextTokenMilliseconds=120000", "--Health:SilenceMilliseconds=60000"];

    private static string[] Speed(int tokensPerSecond) =>
        [FormattableString.Invariant($"--Engine:Embedded:TokensPerSecond={tokensPerSecond}"), "--Engine:Embedded:FirstTokenDelayMilliseconds=0"];

    private static async Task<TracedFleet> StartAsync(Func<TracedFleet, Task> start)
    {
        var fleet = new TracedFleet(await OtlpReceiver.StartAsync());
        try
        {
            await start(fleet);
            await fleet.Gateway.With(Key).Fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.State == "Healthy"));
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }
}
