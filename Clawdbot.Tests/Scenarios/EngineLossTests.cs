using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>The engine alone dies, or hangs, behind a shim that lives; or its shim is told to stop. No client notices.</summary>
public sealed class EngineLossTests(EngineLossTests.SharedFleet shared, ITestOutputHelper output) : IClassFixture<EngineLossTests.SharedFleet>
{
    [Fact]
    public async Task A_killed_engine_loses_no_answer_and_is_started_again()
    {
        var fleet = shared.Fleet;
        await fleet.HealthyAsync();
        var engine = fleet.Shims[0].Engine;
        var killed = Killed();

        var moved = await fleet.UnderLoadAsync(() => { Signals.Send(engine, Signals.Kill); return Task.CompletedTask; });

        Assert.True(moved > 0);
        await fleet.HealthyAsync();
        Assert.NotEqual(engine, fleet.Shims[0].Engine);
        Assert.True(Killed() > killed);
        fleet.Shims[0].NeverTwo();
        output.WriteLine($"{moved} answers moved, silent for at most {fleet.LongestSilence:0} ms");

        int Killed() => fleet.Shims[0].Host.Program.Output.Split("was killed by SIGKILL").Length;
    }

    [Fact]
    public async Task An_engine_that_is_stopped_while_its_shim_runs_is_found_out_and_replaced()
    {
        var fleet = shared.Fleet;
        await fleet.HealthyAsync();
        var engine = fleet.Shims[0].Engine;

        var moved = await fleet.UnderLoadAsync(async () =>
        {
            Signals.Send(engine, Signals.Stop);
            await fleet.Gateway.Fleet.UntilAsync(f => fleet.First(f) is { State: "Ejected" } replica
                && replica.Reason.Contains($"process {engine} of the engine is stopped", StringComparison.Ordinal));
        });

        Assert.True(moved > 0);
        await fleet.HealthyAsync();
        Assert.False(ParentedShim.Lives(engine));
        fleet.Shims[0].NeverTwo();
        output.WriteLine($"{moved} answers moved, silent for at most {fleet.LongestSilence:0} ms");
    }

    [Fact]
    public async Task SIGTERM_under_load_lets_every_answer_finish_and_the_engine_goes_last()
    {
        await using var fleet = await ParentFleet.StartAsync();
        var shim = fleet.Shims[0].Host;
        using var http = new HttpClient { BaseAddress = shim.Address };

        var moved = await fleet.UnderLoadAsync(async () =>
        {
            shim.Program.Signal(Signals.Term);
            await fleet.Gateway.Fleet.UntilAsync(f => fleet.First(f).State == "Draining");
            Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, (await http.GetAsync("/health/ready")).StatusCode);
        });
        await shim.Program.Exited;

        Assert.Equal((0, 0), (shim.Program.ExitCode, moved));
        Assert.False(ParentedShim.Lives(fleet.Shims[0].Engine));
        EngineWentLast(shim.Program.Output);
    }

    [Fact]
    public async Task SIGTERM_with_a_grace_too_short_moves_the_answers_and_still_ends_well()
    {
        await using var fleet = await ParentFleet.StartAsync(tokensPerSecond: 15, before: "", "--Drain:TimeoutSeconds=1");
        var shim = fleet.Shims[0].Host;

        var moved = await fleet.UnderLoadAsync(() => { shim.Program.Signal(Signals.Term); return Task.CompletedTask; });
        await shim.Program.Exited;

        Assert.True(moved > 0);
        Assert.Equal(0, shim.Program.ExitCode);
        Assert.False(ParentedShim.Lives(fleet.Shims[0].Engine));
        output.WriteLine($"{moved} answers moved, silent for at most {fleet.LongestSilence:0} ms");
    }

    [Fact]
    public async Task An_engine_that_dies_while_its_shim_drains_is_not_started_again_and_its_answers_move()
    {
        await using var fleet = await ParentFleet.StartAsync();
        var (shim, engine) = (fleet.Shims[0].Host.Program, fleet.Shims[0].Engine);

        var moved = await fleet.UnderLoadAsync(async () =>
        {
            shim.Signal(Signals.Term);
            await fleet.Gateway.Fleet.UntilAsync(f => fleet.First(f).State == "Draining");
            Signals.Send(engine, Signals.Kill);
        });
        await shim.Exited;

        Assert.True(moved > 0);
        Assert.Equal(0, shim.ExitCode);
        Assert.Single(shim.Output.Split('\n'), line => line.Contains("The engine is started as process", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_engine_that_does_not_listen_to_SIGTERM_is_killed_and_the_shim_ends_in_its_time()
    {
        // The real engine is a child of a shell that ignores SIGTERM.
        await using var shim = await ParentedShim.StartAsync("trap '' TERM; sleep 600 & sleep 600 & ", arguments: "--Engine:Parent:StopSeconds=1");
        await shim.ReadyAsync();
        shim.Host.Program.Signal(Signals.Term);
        await shim.Host.Program.Exited;

        Assert.Equal(0, shim.Host.Program.ExitCode);
        Assert.False(ParentedShim.Lives(shim.Engine));
    }

    /// <summary>For the tests of engines: they are started again, by shims that live on.</summary>
    public sealed class SharedFleet : IAsyncLifetime
    {
        internal ParentFleet Fleet { get; private set; } = null!;

        /// <inheritdoc/>
        public async ValueTask InitializeAsync() => Fleet = await ParentFleet.StartAsync();

        /// <inheritdoc/>
        public ValueTask DisposeAsync() => Fleet?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    /// <summary>The shim's own drain first, then the engine is asked to end, and finds nothing running.</summary>
    private static void EngineWentLast(string log)
    {
        var (drain, ending, idle) = (log.IndexOf("Draining: ", StringComparison.Ordinal), log.IndexOf("Ending the engine", StringComparison.Ordinal),
            log.IndexOf("Draining: 0 answers are running", StringComparison.Ordinal));
        Assert.True(0 <= drain && drain < ending && ending < idle, log);
    }
}
