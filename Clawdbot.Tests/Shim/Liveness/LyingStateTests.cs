using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Liveness;

namespace Clawdbot.Tests.Shim.Liveness;

/// <summary>
/// Every state in which an engine looks well and generates nothing: found out within ten seconds, in virtual time, and why in words.
/// </summary>
public sealed class LyingStateTests(ITestOutputHelper output)
{
    /// <summary>What DESIGN promises is ten; a reading may come half a second late, and a verdict a quarter.</summary>
    private const double Promise = 9.25;

    private readonly JudgedEngine _engine = new();

    [Fact]
    public void A_dead_input_thread_takes_a_request_and_runs_nothing()
    {
        _engine.Send();
        Convicted("dead_input", "takes requests and does not read them");
    }

    [Fact]
    public void A_dead_input_thread_is_found_while_ever_more_requests_come()
    {
        for (var i = 0; i < 20; i++)
        {
            _engine.Send();
            if (_engine.Pass(0.5) is { } finding)
            {
                Assert.Equal("dead_input", finding.Cause);
                Assert.InRange(_engine.Now.TotalSeconds, 0, Promise);
                return;
            }
        }
        Assert.Fail("never found");
    }

    [Fact]
    public void A_stream_in_mid_answer_that_the_engine_knows_nothing_of_any_more()
    {
        _engine.Send(tokens: 40);
        Convicted("dead_input", "1 request waits");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    public void A_frozen_engine_says_that_it_runs(int tokens)
    {
        _engine.Numbers = _ => new EngineLoad(1, 0, 0.3, null, 100) { PromptTokens = 5 };
        _engine.Send(tokens: tokens);
        Convicted("frozen", "1 requests run by its own count");
    }

    [Fact]
    public void A_frozen_engine_is_found_while_ever_more_requests_are_counted_and_fill_its_cache()
    {
        _engine.Numbers = t =>
            new EngineLoad(Math.Min(8, 1 + (int)t.TotalSeconds), Math.Max(0, (int)t.TotalSeconds - 7),
                Math.Min(8, 1 + (int)t.TotalSeconds) / 8.0, null, 100) { PromptTokens = 5 };
        for (var i = 0; i < 20; i++)
        {
            _engine.Send();
            if (_engine.Pass(0.5) is { } finding)
            {
                Assert.Equal("frozen", finding.Cause);
                Assert.InRange(_engine.Now.TotalSeconds, 0, Promise);
                return;
            }
        }
        Assert.Fail("never found");
    }

    [Theory]
    [InlineData(0, "dead_input")]
    [InlineData(1, "frozen")]
    public void An_idle_engine_is_found_by_a_canary_that_hangs(int running, string cause)
    {
        // It begins to lie right behind the last canary: the next one is sent after its interval.
        var interval = new LivenessOptions().CanaryIntervalSeconds;
        Assert.Null(_engine.Pass(interval));
        _engine.Numbers = _ => new EngineLoad(running, 0, 0.3, null, 100) { PromptTokens = 5 };
        _engine.Send(isCanary: true);
        Convicted(cause, running == 0 ? "a canary waits" : "no counter of its has moved");
    }

    [Fact]
    public void A_canary_behind_somebody_elses_load_is_no_evidence_sooner_than_any_other_request()
    {
        _engine.Numbers = _ => new EngineLoad(1, 1, 0.9, null, 100) { PromptTokens = 5 };
        _engine.Send(isCanary: true);
        Assert.Null(_engine.Pass(7.5));
        Assert.Equal("frozen", _engine.Pass(2)?.Cause);
    }

    [Fact]
    public void A_hung_process_takes_connections_and_answers_nothing()
    {
        Assert.Null(_engine.Pass(20));
        (_engine.Numbers, _engine.Answers) = (_ => null, _ => false);
        Convicted("hung", "hung: its address takes connections", from: 20);
    }

    [Fact]
    public void An_engine_without_numbers_is_believed_for_two_minutes()
    {
        _engine.HasNumbers = false;
        _engine.Send();
        Assert.Null(_engine.Pass(119));
        Assert.Equal("mute", _engine.Pass(3)?.Cause);
    }

    [Theory]
    [InlineData(true, 0, "a canary waits")]
    [InlineData(false, 40, "1 request waits")]
    public void An_engine_without_numbers_that_nobody_else_uses_has_no_reason_to_be_silent(bool canary, int tokens, string words)
    {
        var interval = canary ? new LivenessOptions().CanaryIntervalSeconds : 0;
        (_engine.HasNumbers, _engine.IsAlone) = (false, true);
        Assert.Null(_engine.Pass(interval == 0 ? 1 : interval));
        var from = _engine.Now.TotalSeconds - interval;
        _engine.Send(isCanary: canary, tokens: tokens);
        Convicted("mute", words, from);
    }

    [Fact]
    public void One_that_has_never_said_anything_may_be_loading_its_model_for_ten()
    {
        (_engine.HasNumbers, _engine.IsCold) = (false, true);
        _engine.Send();
        Assert.Null(_engine.Pass(599));
        Assert.Equal("mute", _engine.Pass(3)?.Cause);
    }

    [Fact]
    public void One_that_answers_nothing_else_while_it_loads_its_model_has_two_minutes()
    {
        (_engine.HasNumbers, _engine.IsCold, _engine.Answers) = (false, true, t => t < TimeSpan.FromSeconds(10));
        Assert.Null(_engine.Pass(10));
        var first = _engine.Send(isCanary: true);
        Assert.Null(_engine.Pass(20));
        _engine.GiveUp(first); // it loads all the same
        Assert.Null(_engine.Pass(20));
        _engine.Send();
        Assert.Null(_engine.Pass(75));
        Assert.Equal("hung", _engine.Pass(6)?.Cause);
    }

    [Theory]
    [InlineData(true, false, 5)] // it was silent before anything was sent
    [InlineData(false, false, 0)] // it has generated
    [InlineData(true, true, 0)] // it tells numbers, so its server answers while it loads
    public void Any_other_that_answers_nothing_is_hung(bool cold, bool numbers, double before)
    {
        (_engine.HasNumbers, _engine.IsCold, _engine.Answers) = (numbers, cold, t => t < TimeSpan.FromSeconds(10));
        _engine.Numbers = t => t < TimeSpan.FromSeconds(10) ? new EngineLoad(0, 0, 0, null, 100) : null;
        Assert.Null(_engine.Pass(10 + before));
        _engine.Send();
        Convicted("hung", "hung: its address takes connections", from: 10);
    }

    [Fact]
    public void Requests_that_wait_for_two_minutes_while_nothing_runs()
    {
        _engine.Numbers = _ => new EngineLoad(0, 2, 0, null, 100) { PromptTokens = 5 };
        _engine.Send();
        Assert.Null(_engine.Pass(110));
        Assert.Equal("frozen", _engine.Pass(12)?.Cause);
    }

    [Fact]
    public void A_refused_connection_needs_no_time() =>
        Assert.Equal("gone: its address refuses connections",
            new LivenessJudge(new LivenessOptions()).Look(new Evidence { IsRefused = true })?.Words);

    private void Convicted(string cause, string words, double from = 0)
    {
        var finding = _engine.Pass(60);
        output.WriteLine($"{(_engine.Now.TotalSeconds - from):0.0} s: {finding?.Words}");

        Assert.Equal(cause, finding?.Cause);
        Assert.Contains(words, finding!.Words, StringComparison.Ordinal);
        Assert.InRange(_engine.Now.TotalSeconds - from, 0, Promise);
    }
}
