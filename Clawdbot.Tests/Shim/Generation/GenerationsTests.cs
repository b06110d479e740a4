using System.Text;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Embedded;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Shim.Generation;

/// <summary>What is written down of a generation, with the embedded engine in virtual time.</summary>
public sealed class GenerationsTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly EmbeddedEngine _engine;
    private readonly Generations _generations;

    public GenerationsTests()
    {
        var options = Options.Create(new EngineOptions());
        _engine = new EmbeddedEngine(options, _time);
        _generations = new Generations(
            _engine, new PromptGuard(_engine, Options.Create(new GuardOptions())), new CapabilityEvidence(_engine, options, _time), _time);
    }

    [Fact]
    public async Task Only_while_its_next_step_is_wanted_the_engine_is_waited_for()
    {
        await using var steps = _generations.RunAsync(Request(), CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await steps.MoveNextAsync());
        var generation = Assert.Single(_generations.InFlight);
        Assert.Equal((null, 0, 0L), (generation.WaitingSince, generation.Tokens, _generations.Progress)); // begun, and nothing wanted

        var next = steps.MoveNextAsync().AsTask();
        var asked = _time.GetTimestamp();
        Assert.Equal(asked, generation.WaitingSince);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await next);
        Assert.Equal((null, 1, 1L), (generation.WaitingSince, generation.Tokens, _generations.Progress));
        Assert.Equal(TimeSpan.FromSeconds(1), _time.GetElapsedTime(asked, _generations.LastProgressAt));
    }

    [Fact]
    public async Task A_canary_is_no_client_and_what_ends_is_in_flight_no_more()
    {
        var came = 0;
        _generations.ClientCame += () => came++;
        await using (var canary = _generations.TryAsync(Request(), CancellationToken.None).GetAsyncEnumerator())
        {
            await canary.MoveNextAsync();
            Assert.Equal((0, false, 1), (came, _generations.ServesClients, _generations.InFlight.Count));
            await using var client = _generations.RunAsync(Request(), CancellationToken.None).GetAsyncEnumerator();
            await client.MoveNextAsync();
            Assert.Equal((1, true, 2), (came, _generations.ServesClients, _generations.InFlight.Count));
            Assert.True(_generations.InFlight.Single(g => !g.IsCanary).CameAlone);
        }
        Assert.Empty(_generations.InFlight);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_that_is_left_before_its_end_is_one_that_the_engine_may_still_be_at(bool toTheEnd)
    {
        await using (var steps = _generations.RunAsync(Request(), CancellationToken.None).GetAsyncEnumerator())
        {
            for (var next = steps.MoveNextAsync().AsTask(); ; next = steps.MoveNextAsync().AsTask())
            {
                while (!next.IsCompleted)
                {
                    _time.Advance(TimeSpan.FromMilliseconds(50));
                    await Task.Yield();
                }
                if (!await next || !toTheEnd)
                    break;
            }
        }
        Assert.Equal(toTheEnd, _generations.LastAbandonedAt == long.MinValue);
        Assert.Null(_generations.CanaryLatency.Slowest); // no canary's
    }

    public void Dispose() => _engine.Dispose();

    private static EngineRequest Request() =>
        new(Encoding.UTF8.GetBytes("""{"messages":[{"role":"user","content":"hi"}]}"""), new GenerationExtras());
}
