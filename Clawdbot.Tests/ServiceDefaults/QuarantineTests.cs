using System.Text;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.ServiceDefaults;

public sealed class QuarantineTests
{
    private static readonly byte[] Body = "{\"model\":\"m\"}"u8.ToArray();

    private readonly ManualTimeProvider _time = new();
    private readonly Quarantine _quarantine;

    public QuarantineTests() => _quarantine = new Quarantine(_time);

    [Fact]
    public void A_request_is_refused_until_its_time_is_over_and_no_other_one_is()
    {
        Assert.Null(_quarantine.Until(Body));
        var changed = _quarantine.Changed;

        Assert.True(_quarantine.Add(Of(Body, minutes: 10)));
        Assert.False(_quarantine.Add(Of(Body, minutes: 20))); // known
        Assert.True(changed.IsCompleted);

        Assert.Equal(_time.GetUtcNow().AddMinutes(10), _quarantine.Until(Body.ToArray()));
        Assert.Null(_quarantine.Until("{\"model\":\"n\"}"u8.ToArray())); // as long
        Assert.Null(_quarantine.Until("{}"u8.ToArray()));
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Null(_quarantine.Until(Body));
        Assert.Null(_quarantine.Entries);
        Assert.False(_quarantine.Add(new QuarantinedRequest(Quarantine.Hash(Body), Body.Length, _time.GetUtcNow()))); // told by somebody whose clock is behind
    }

    [Fact]
    public void Nobody_has_anything_refused_for_longer_than_an_hour()
    {
        _quarantine.Add(Of(Body, minutes: 600));

        Assert.Equal(_time.GetUtcNow() + Quarantine.Longest, _quarantine.Until(Body));
    }

    [Fact]
    public void However_many_are_told_and_in_whatever_order_all_keep_the_same()
    {
        var all = Enumerable.Range(1, 200).Select(i => new QuarantinedRequest($"{i:x32}", i, _time.GetUtcNow().AddSeconds(i % 40 + 1))).ToList();
        var other = new Quarantine(_time);
        all.ForEach(e => _quarantine.Add(e));
        all.AsEnumerable().Reverse().ToList().ForEach(e => other.Add(e));

        Assert.Equal(Quarantine.Most, _quarantine.Entries!.Count);
        Assert.Equal(_quarantine.Entries, other.Entries);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_step_of_the_wall_clock_neither_frees_a_request_nor_keeps_it_longer(int hours)
    {
        var other = Encoding.UTF8.GetBytes("another");
        _quarantine.Add(Body, TimeSpan.FromMinutes(10));
        _quarantine.Add(Of(other, minutes: 10));
        _time.StepUtc(TimeSpan.FromHours(hours));

        _time.Advance(TimeSpan.FromMinutes(9.9));
        Assert.NotNull(_quarantine.Until(Body));
        Assert.NotNull(_quarantine.Until(other));
        _time.Advance(TimeSpan.FromMinutes(0.1));
        Assert.Null(_quarantine.Until(Body));
        Assert.Null(_quarantine.Until(other));
    }

    [Fact]
    public void What_is_over_does_not_come_back_from_those_who_still_hold_it_when_the_wall_clock_was_set_back()
    {
        _quarantine.Add(Body, TimeSpan.FromMinutes(10));
        var told = _quarantine.Entries![0];
        _time.StepUtc(TimeSpan.FromHours(-1));
        _time.Advance(TimeSpan.FromMinutes(10));

        Assert.False(_quarantine.Add(told));
        Assert.Null(_quarantine.Until(Body));
        _quarantine.Add(Body, TimeSpan.FromMinutes(10)); // it killed again: that is decided here, whatever the date
        Assert.NotNull(_quarantine.Until(Body));
    }

    [Fact]
    public void What_is_no_hash_is_not_taken_in() => Assert.False(_quarantine.Add(new QuarantinedRequest(new string('0', 5000), 1, _time.GetUtcNow().AddMinutes(1))));

    private QuarantinedRequest Of(byte[] body, int minutes) => new(Quarantine.Hash(body), body.Length, _time.GetUtcNow().AddMinutes(minutes));
}
