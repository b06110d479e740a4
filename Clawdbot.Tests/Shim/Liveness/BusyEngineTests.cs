using Clawdbot.InferenceShim.Engines;

namespace Clawdbot.Tests.Shim.Liveness;

/// <summary>Ten minutes, in virtual time, of everything that looks like death and is not: never convicted.</summary>
public sealed class BusyEngineTests
{
    private const double TenMinutes = 600;

    private readonly JudgedEngine _engine = new();

    [Fact]
    public void An_idle_engine() => NeverConvicted();

    [Fact]
    public void Busy_but_alive_others_tokens_come_and_ours_wait()
    {
        _engine.Numbers = t => new EngineLoad(8, 40, 1, null, (long)(200 * t.TotalSeconds)) { PromptTokens = 5 };
        for (var i = 0; i < 8; i++)
            _engine.Send();
        NeverConvicted();
    }

    [Fact]
    public void One_stream_is_silent_and_another_goes_on_whatever_the_numbers_say()
    {
        _engine.Numbers = _ => new EngineLoad(2, 0, 0.5, null, 100);
        _engine.Send(tokens: 4);
        _engine.Send(TimeSpan.FromSeconds(5));
        NeverConvicted();
    }

    [Fact]
    public void Its_numbers_are_never_told_while_a_stream_flows()
    {
        (_engine.Numbers, _engine.Answers) = (_ => null, _ => false);
        _engine.Send(TimeSpan.FromSeconds(3));
        NeverConvicted();
    }

    [Fact]
    public void A_long_prefill_that_fills_the_cache_piece_by_piece()
    {
        _engine.Numbers = t =>
            new EngineLoad(1, 0, Math.Floor(t.TotalSeconds / 5) / 1000, null, 100) { PromptTokens = 100, Preemptions = 0 };
        _engine.Send(bytes: 1000);
        NeverConvicted();
    }

    [Fact]
    public void A_long_prefill_that_is_counted_while_answers_stand_still_for_it()
    {
        _engine.Numbers = t => new EngineLoad(3, 0, null, null, 100) { PromptTokens = (long)(t.TotalSeconds / 6) * 2048 };
        _engine.Send(tokens: 30);
        _engine.Send(tokens: 70);
        _engine.Send(bytes: 5 << 20);
        NeverConvicted();
    }

    [Fact]
    public void A_long_prefill_in_which_it_does_not_tell_its_numbers_for_a_hundred_seconds()
    {
        // llama.cpp answers between two batches only; on a CPU a batch takes as long as it takes.
        _engine.Numbers = t =>
            t.TotalSeconds % 100 < 1 ? new EngineLoad(1, 0, null, null, 100) { PromptTokens = (long)(t.TotalSeconds / 100) * 2048 } : null;
        _engine.Send(bytes: 1 << 20);
        NeverConvicted();
    }

    [Fact]
    public void A_prefill_of_an_engine_whose_numbers_do_not_show_it_has_its_two_minutes()
    {
        _engine.Numbers = _ => new EngineLoad(1, 0, null, null, 100);
        _engine.Send();
        Assert.Null(_engine.Pass(115));
    }

    [Fact]
    public void Preemption_pauses_a_stream_is_put_back_for_minutes_and_others_go_on()
    {
        _engine.Numbers = t =>
            new EngineLoad(t.TotalSeconds % 40 < 20 ? 3 : 4, t.TotalSeconds % 40 < 20 ? 1 : 0, 1, null, (long)(t.TotalSeconds / 3))
            {
                Preemptions = (long)(t.TotalSeconds / 40),
            };
        for (var i = 0; i < 4; i++)
            _engine.Send(tokens: 10);
        NeverConvicted();
    }

    [Fact]
    public void A_whole_batch_preempted_again_and_again()
    {
        _engine.Numbers = t => new EngineLoad(1, 3, 1, null, 100) { Preemptions = (long)(t.TotalSeconds / 6) };
        _engine.Send(tokens: 10);
        NeverConvicted();
    }

    [Fact]
    public void A_client_that_does_not_read_an_answer_that_the_engine_has_long_finished()
    {
        _engine.Send(tokens: 500).IsReaderSlow = true;
        NeverConvicted();
    }

    [Fact]
    public void A_place_that_an_aborted_request_never_gave_back()
    {
        _engine.Numbers = _ => new EngineLoad(1, 0, 0.2, null, 100);
        NeverConvicted();
    }

    [Fact]
    public void A_stream_of_a_token_each_six_seconds_of_an_engine_that_counts_none_of_them()
    {
        _engine.Numbers = _ => new EngineLoad(1, 0, null, null, 100) { PromptTokens = 5 };
        _engine.Send(TimeSpan.FromSeconds(6));
        NeverConvicted();
    }

    [Fact]
    public void A_request_of_many_megabytes_that_is_decoded_before_it_is_counted()
    {
        _engine.Send(bytes: 30 << 20);
        Assert.Null(_engine.Pass(35));
    }

    [Fact]
    public void Without_numbers_and_for_itself_it_reads_a_prompt_and_all_answers_wait_for_that()
    {
        (_engine.HasNumbers, _engine.IsAlone) = (false, true);
        _engine.Send(tokens: 40);
        _engine.Send();
        Assert.Null(_engine.Pass(115));
    }

    [Fact]
    public void Without_numbers_and_for_itself_it_is_still_at_an_answer_that_its_client_left()
    {
        (_engine.HasNumbers, _engine.IsAlone, _engine.AbandonedAt) = (false, true, TimeSpan.Zero);
        _engine.Send(isCanary: true);
        Assert.Null(_engine.Pass(115));
    }

    [Fact]
    public void Without_numbers_and_for_itself_it_takes_its_time_for_canaries()
    {
        (_engine.HasNumbers, _engine.IsAlone, _engine.CanaryLatency) = (false, true, TimeSpan.FromSeconds(20));
        _engine.Send(isCanary: true);
        Assert.Null(_engine.Pass(59));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Without_numbers_a_canary_proves_nothing_where_others_send_too_or_it_is_not_known_how_long_one_takes(
        bool alone, bool knowsLatency)
    {
        (_engine.HasNumbers, _engine.IsAlone, _engine.CanaryLatency) = (false, alone, knowsLatency ? TimeSpan.FromSeconds(0.2) : null);
        _engine.Send(isCanary: true);
        Assert.Null(_engine.Pass(115));
    }

    [Fact]
    public void Without_numbers_and_for_itself_tokens_come_slowly()
    {
        (_engine.HasNumbers, _engine.IsAlone) = (false, true);
        _engine.Send(TimeSpan.FromSeconds(6), tokens: 3);
        NeverConvicted();
    }

    [Fact]
    public void A_burst_of_pictures_during_which_it_answers_nothing_at_all()
    {
        (_engine.Numbers, _engine.Answers) = (t => t.TotalSeconds < 1 ? new EngineLoad(0, 0, 0, null, 100) : null, t => t.TotalSeconds < 1);
        for (var i = 0; i < 20; i++)
            _engine.Send(bytes: 1 << 20);
        Assert.Null(_engine.Pass(25));
    }

    [Fact]
    public void The_first_request_of_all_has_a_minute_for_kernels_to_be_made()
    {
        _engine.Numbers = _ => new EngineLoad(1, 0, 0, null, 0) { PromptTokens = 0 };
        _engine.Send();
        Assert.Null(_engine.Pass(59));
        Assert.Equal("frozen", _engine.Pass(3)?.Cause);
    }

    private void NeverConvicted() => Assert.Null(_engine.Pass(TenMinutes));
}
