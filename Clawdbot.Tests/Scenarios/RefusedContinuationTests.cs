using System.Globalization;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>An answer whose replica died, and a second one that refuses to continue it.</summary>
public sealed class RefusedContinuationTests
{
    [Fact]
    public async Task A_third_replica_that_can_continue_is_found()
    {
        await using var fleet = await StartAsync();
        Disturb(fleet, ShimVerdict.Ready);
        var seen = await fleet.Gateway.Chat.AskAsync("count", stream: true);

        Assert.Equal(HostileShim.Answer, seen.Text);
        Assert.True(seen.Whole, $"{seen}");
        Assert.Equal(3, fleet.Generations);
    }

    [Fact]
    public async Task Where_only_an_ejected_one_could_the_client_hears_so_long_before_it_would_have_been_waited_for_otherwise()
    {
        await using var fleet = await StartAsync("--Failover:ReplicaWaitSeconds=600", "--Failover:ContinuationWaitSeconds=1");
        fleet.Shims[2].Verdict = ShimVerdict.Sick;
        var sick = fleet.Shims[2].Address.Port.ToString(CultureInfo.InvariantCulture);
        // By its address, and the others in service: on a busy machine another one may be out for a moment, and back while the client waits.
        await fleet.Gateway.Fleet.UntilAsync(f =>
            f.Replicas.All(r => r.State == (r.Address!.Contains(sick, StringComparison.Ordinal) ? "Ejected" : "Healthy")));
        Disturb(fleet, ShimVerdict.Sick);
        var seen = await fleet.Gateway.Chat.AskAsync("count", stream: true);

        Assert.Equal((false, "cannot_continue"), (seen.Whole, seen.ErrorCode));
        Assert.Equal(2, fleet.Generations); // who refused is not asked again
    }

    [Fact]
    public async Task An_answer_that_goes_on_by_ids_alone_is_not_said_again_from_its_beginning()
    {
        await using var fleet = await ScriptedFleet.StartAsync(
            2, shim => (shim.Continuation, shim.Repeatable) = (ContinuationKind.Ids, true), "--Failover:Hedge=false",
            "--Failover:ReplicaWaitSeconds=600", "--Failover:ContinuationWaitSeconds=1");
        Disturb(fleet, ShimVerdict.Sick);
        var seen = await fleet.Gateway.Chat.AskAsync("count", stream: true);

        Assert.Equal((false, "cannot_continue"), (seen.Whole, seen.ErrorCode));
        Assert.Equal("word0 word1 word2 word3 word4 ", seen.Text); // and not a second time
    }

    private static Task<ScriptedFleet> StartAsync(params string[] arguments) =>
        ScriptedFleet.StartAsync(3, shim => shim.Continuation = ContinuationKind.Text, ["--Failover:Hedge=false", .. arguments]);

    /// <summary>The first generation ends after five tokens, and its replica says <paramref name="then"/> of itself; the second generation is refused.</summary>
    private static void Disturb(ScriptedFleet fleet, ShimVerdict then)
    {
        fleet.Script.Enqueue(async g =>
        {
            try
            {
                await g.StartAsync();
                await g.TokensAsync(5);
            }
            finally
            {
                g.Shim.Verdict = then; // also where the gateway ended the attempt before
            }
            if (then == ShimVerdict.Sick)
                await g.SilenceAsync(); // until the gateway has heard it and ended the attempt: else it would be asked again before
        });
        fleet.Refuse(409);
    }
}
