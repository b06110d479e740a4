using Clawdbot.ServiceDefaults;

namespace Clawdbot.Tests.ServiceDefaults;

public sealed class LockedRandomTests
{
    [Fact]
    public void It_draws_what_the_runtimes_own_draws_with_the_same_seed()
    {
        var (locked, plain) = (new LockedRandom(7), new Random(7));

        Assert.Equal(
            (plain.Next(), plain.Next(10), plain.Next(3, 9), plain.NextInt64(), plain.NextInt64(99), plain.NextDouble(), plain.NextSingle()),
            (locked.Next(), locked.Next(10), locked.Next(3, 9), locked.NextInt64(), locked.NextInt64(99), locked.NextDouble(), locked.NextSingle()));
    }

    [Fact]
    public void Threads_that_draw_at_once_draw_each_number_of_the_sequence_once()
    {
        const int draws = 20_000;
        var (locked, plain) = (new LockedRandom(7), new Random(7));
        var drawn = new long[draws];

        Parallel.For(0, draws, i => drawn[i] = locked.NextInt64());

        var expected = new long[draws];
        for (var i = 0; i < draws; i++)
            expected[i] = plain.NextInt64();
        Assert.Equal(expected.Order(), drawn.Order());
    }
}
