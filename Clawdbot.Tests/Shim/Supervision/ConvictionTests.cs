using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.InferenceShim.Supervision;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes.Engines;
using Clawdbot.Tests.Processes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Clawdbot.Tests.Shim.Supervision;

/// <summary>What follows when somebody else finds that the engine does not generate.</summary>
public sealed class ConvictionTests : IAsyncLifetime
{
    private readonly int _port = FreePort.Next();
    private readonly OpenAiFake _engine = new(new EngineCore());
    private readonly string _pid = Path.GetTempFileName();
    private IHost _host = null!;

    private EngineWatch Watch => _host.Services.GetRequiredService<EngineWatch>();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        await _engine.DisposeAsync();
        File.Delete(_pid);
    }

    [Fact]
    public async Task An_engine_of_our_own_is_ended_and_a_next_one_is_started()
    {
        await StartAsync(("Engine:Command", $"sh -c 'echo $$ > {_pid}; exec sleep 600'"), ("Engine:Parent:RestartDelayMilliseconds", "1"));
        await Deploy.Poll.UntilAsync(() => new FileInfo(_pid).Length > 1);
        var first = int.Parse(await File.ReadAllTextAsync(_pid), System.Globalization.CultureInfo.InvariantCulture);

        Watch.Convict("as long as it comes up it is not judged");
        await _engine.ListenAsync(_port);
        await UntilAsync(v => v.Verdict == ShimVerdict.Ready);
        Assert.True(ParentedShim.Lives(first));

        Watch.Convict("frozen counter");
        // The fake, still.
        await UntilAsync(v => v is { Verdict: ShimVerdict.Sick } && v.Reason.StartsWith("something listens at", StringComparison.Ordinal));
        Assert.False(ParentedShim.Lives(first));
    }

    [Fact]
    public async Task One_that_is_attached_stays_and_the_reason_says_who_must_act()
    {
        await _engine.ListenAsync(_port);
        await StartAsync();
        Watch.Convict("frozen counter");
        Assert.Equal(
            (ShimVerdict.Sick, $"frozen counter; it is attached by address (127.0.0.1:{_port}): whoever runs it must start it again"),
            Watch.Verdict);
    }

    private async Task StartAsync(params (string Name, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(
            settings.Append(("Engine:Kind", "openai")).Append(("Engine:Address", $"http://127.0.0.1:{_port}"))
            .Select(s => new KeyValuePair<string, string?>(s.Item1, s.Item2)));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddGeneration();
        builder.AddEngine();
        builder.AddSupervision();
        _host = builder.Build();
        await _host.StartAsync();
    }

    private async Task UntilAsync(Func<(ShimVerdict Verdict, string Reason), bool> holds)
    {
        while (true)
        {
            var changed = Watch.Changed;
            if (holds(Watch.Verdict))
                return;
            await changed.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System); // what never happens is a failure and not a hang
        }
    }
}
