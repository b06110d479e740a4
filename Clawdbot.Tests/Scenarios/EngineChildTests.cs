using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>The shim as an engine's parent, alone: real processes that are slow, broken, hung, or in each other's way.</summary>
public sealed class EngineChildTests
{
    [Fact]
    public async Task An_engine_that_is_slow_to_load_is_waited_for_and_says_how_far_it_is()
    {
        await using var shim = await ParentedShim.StartAsync("echo 'Loading weights: 42 %'; sleep 2");

        var starting = await shim.StatusAsync(s => s.Reason.Contains("42 %", StringComparison.Ordinal));
        Assert.Equal(ShimVerdict.Starting, starting.Verdict);
        Assert.Matches(@"^the engine has been starting for \d+ s; it says: Loading weights: 42 %$", starting.Reason);
        using (var http = new HttpClient())
            Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, (await http.GetAsync(new Uri(shim.Host.Address, "/health/ready"))).StatusCode);
        await shim.ReadyAsync();
        Assert.Single(shim.Engines);
    }

    [Fact]
    public async Task An_engine_that_never_answers_is_ended_after_its_time_and_tried_again()
    {
        await using var shim = await ParentedShim.StartAsync("exec sleep 600", arguments: "--Engine:Parent:StartSeconds=1");

        await shim.StatusAsync(s => s.Verdict == ShimVerdict.Sick && s.Reason.Contains("does not answer 1 s after its start", StringComparison.Ordinal));
        await Poll.UntilAsync(() => shim.Engines.Count > 1);
        Assert.False(ParentedShim.Lives(shim.Engines[0]));
        shim.NeverTwo();
    }

    [Fact]
    public async Task A_crash_loop_is_told_with_its_cause_and_tried_less_and_less_often()
    {
        await using var shim = await ParentedShim.StartAsync("echo 'CUDA out of memory' >&2; exit 1");

        var sick = await shim.StatusAsync(s => s.Reason.Contains("3 times in a row", StringComparison.Ordinal));
        Assert.Equal(ShimVerdict.Sick, sick.Verdict);
        Assert.Matches(@"^the engine exited with code 1, after \d+ s, 3 times in a row; last words: CUDA out of memory$", sick.Reason);
        Assert.InRange(shim.Engines.Count, 3, 4); // the fourth may have begun by the time that this is read
        Assert.Contains("engine: CUDA out of memory", shim.Host.Program.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_named()
    {
        await using var shim = await ParentedShim.StartAsync("exec /no/such/engine");

        var sick = await shim.StatusAsync(s => s.Verdict == ShimVerdict.Sick);
        Assert.Contains("its program was not found", sick.Reason, StringComparison.Ordinal);
        Assert.Contains("/no/such/engine", sick.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_engine_leaves_behind_is_ended_before_the_next_one_begins()
    {
        // A worker of its own session that outlives its parent and does not listen to SIGTERM, as engine cores have been seen to.
        await using var shim = await ParentedShim.StartAsync("""
            lives $FOLDER/worker && echo two > $FOLDER/two
            setsid sh -c 'trap "" TERM; while :; do sleep 600; done' &
            echo $! > $FOLDER/worker
            """);
        await shim.ReadyAsync();
        var (engine, worker) = (shim.Engine, int.Parse(await shim.FileAsync("worker"), System.Globalization.CultureInfo.InvariantCulture));
        Signals.Send(engine, Signals.Kill);

        await Poll.UntilAsync(() => shim.Engines.Count == 2);
        await shim.ReadyAsync();
        Assert.False(ParentedShim.Lives(worker));
        shim.NeverTwo();
        var last = int.Parse(await shim.FileAsync("worker"), System.Globalization.CultureInfo.InvariantCulture);
        shim.Host.Program.Signal(Signals.Term);
        await shim.Host.Program.Exited;
        Assert.False(ParentedShim.Lives(last));
    }

    [Fact]
    public async Task Two_shims_never_start_an_engine_at_the_same_address_and_the_second_takes_over_when_the_first_is_gone()
    {
        var port = FreePort.Next();
        await using var first = await ParentedShim.StartAsync("sleep 1", port: port);
        await Poll.UntilAsync(() => first.Engines.Count == 1); // has claimed it, and listens not yet
        await using var second = await ParentedShim.StartAsync(port: port);

        await second.StatusAsync(s => s.Verdict == ShimVerdict.Sick && s.Reason.Contains("another shim on this machine", StringComparison.Ordinal));
        await first.ReadyAsync();
        Assert.Empty(second.Engines);

        first.Host.Program.Signal(Signals.Kill);
        await second.ReadyAsync();
        Assert.False(ParentedShim.Lives(first.Engine));
    }

    [Fact]
    public async Task Whoever_holds_the_port_is_not_fought_over_it()
    {
        using var stranger = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        stranger.Start();
        await using var shim = await ParentedShim.StartAsync(port: ((System.Net.IPEndPoint)stranger.LocalEndpoint).Port);

        await shim.StatusAsync(s => s.Verdict == ShimVerdict.Sick && s.Reason.Contains("something listens", StringComparison.Ordinal));
        Assert.Empty(shim.Engines);
        stranger.Stop();
        await shim.ReadyAsync();
    }

    [Fact]
    public async Task An_engine_dies_with_its_shim_even_if_that_was_killed_and_so_do_its_children()
    {
        await using var shim = await ParentedShim.StartAsync("sleep 600 & echo $! > $FOLDER/worker");
        await shim.ReadyAsync();
        var worker = int.Parse(await shim.FileAsync("worker"), System.Globalization.CultureInfo.InvariantCulture);
        shim.Host.Program.Signal(Signals.Kill);

        await Poll.UntilAsync(() => !ParentedShim.Lives(shim.Engine) && !ParentedShim.Lives(worker));
    }

    [Fact]
    public async Task Model_files_that_are_missing_are_named_and_the_engine_starts_when_they_are_there()
    {
        var model = Directory.CreateTempSubdirectory("clawdbot-model-");
        try
        {
            await using var shim = await ParentedShim.StartAsync(arguments: $"--Engine:ModelPath={model.FullName}");

            await shim.StatusAsync(s => s.Verdict == ShimVerdict.Sick && s.Reason.Contains("config.json is missing", StringComparison.Ordinal));
            Assert.Empty(shim.Engines);
            Shim.Supervision.SomeModel.Write(model.FullName);
            await shim.ReadyAsync();
            Assert.Single(shim.Engines);
        }
        finally
        {
            model.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task An_engine_attached_by_address_is_watched_and_never_restarted_and_says_so()
    {
        await using var engine = await ShimHost.StartAsync("--Api:OpenAi=true");
        await using var shim = await ShimHost.StartAsync("--Engine:Kind=openai", $"--Engine:Address={engine.Address}", "--Engine:Model=m");
        using var caller = new Fakes.FleetCaller(shim.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        engine.Program.Signal(Signals.Kill);

        var sick = await caller.StatusAsync(s => s.Verdict == ShimVerdict.Sick);
        Assert.EndsWith($"refuses connections; it is attached by address ({engine.Address.Authority}): whoever runs it must start it again", sick.Reason, StringComparison.Ordinal);
    }
}
