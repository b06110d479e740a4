using Clawdbot.InferenceShim.Engines;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Tests.Shim.Engines;

public sealed class EngineWatchTests
{
    private readonly EngineWatch _watch = new();

    [Fact]
    public void An_open_port_is_no_answer()
    {
        _watch.Starting("nothing listens");
        _watch.Listening();
        Assert.Equal(ShimVerdict.Starting, _watch.Verdict.Verdict);
        Assert.True(_watch.IsUp); // from now on it is asked

        _watch.Alive();
        Assert.Equal(ShimVerdict.Ready, _watch.Verdict.Verdict);
    }

    [Fact]
    public void The_parents_word_goes_before_the_liveness_monitors_and_each_makes_it_begin_anew()
    {
        _watch.Convict("frozen");
        Assert.Equal((ShimVerdict.Sick, "frozen"), _watch.Verdict);
        _watch.Starting("loading");
        _watch.Starting("loading 10 %");
        _watch.Alive();
        Assert.Equal((ShimVerdict.Starting, "loading 10 %"), _watch.Verdict);
        _watch.Serving();
        Assert.Equal((ShimVerdict.Ready, "serving"), _watch.Verdict);
        _watch.Gone("exit code 1");
        _watch.Alive();
        Assert.Equal((ShimVerdict.Sick, "exit code 1"), _watch.Verdict);
        Assert.Equal((2, false), (_watch.Starts, _watch.IsUp));
    }

    [Fact]
    public void A_conviction_is_seen_whatever_the_parent_said_before_and_says_who_must_act_where_there_is_no_parent()
    {
        _watch.Starting("loading");
        _watch.Convict("does not come up");
        Assert.Equal((ShimVerdict.Sick, "does not come up"), _watch.Verdict);
        _watch.Nobody = "nobody starts it again";
        _watch.Serving();
        _watch.Convict("frozen");
        Assert.Equal((ShimVerdict.Sick, "frozen; nobody starts it again"), _watch.Verdict);
    }

    [Fact]
    public void An_engine_that_is_gone_is_told_from_one_that_hangs()
    {
        Assert.False(_watch.IsDead);
        _watch.Convict("frozen");
        Assert.False(_watch.IsDead);
        _watch.Gone("was ended");
        Assert.True(_watch.IsDead);
        _watch.Serving();
        _watch.Convict("refuses connections", died: true);
        Assert.True(_watch.IsDead);
        _watch.Alive();
        Assert.False(_watch.IsDead);
    }

    [Fact]
    public void A_conviction_is_told_once_and_ends_when_the_engine_is_seen_to_live()
    {
        List<string> told = [];
        _watch.Convicted += told.Add;
        var changed = _watch.Changed;
        _watch.Convict("frozen");

        Assert.True(changed.IsCompleted);
        Assert.Equal(["frozen"], told);
        _watch.Alive();
        Assert.Equal(ShimVerdict.Ready, _watch.Verdict.Verdict);
    }
}
