using System.Text;
using Clawdbot.Gateway.SharedStore;
using Clawdbot.Tests.Fakes;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.SharedStore;

public sealed class LocalStoreTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ManualTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private readonly LocalStore _store;

    public LocalStoreTests() => _store = new LocalStore(Options.Create(new SharedStoreOptions { Entries = 4, Mebibytes = 1 }), _time);

    [Fact]
    public async Task It_counts_nothing_for_other_gateways()
    {
        Assert.Null(await _store.AddAsync("c", 3, Minute));
        Assert.Null(await _store.HoldAsync("h", new Holding("g", 1, 1), 1, Minute));
    }

    [Fact]
    public async Task What_was_put_is_there_until_its_end()
    {
        Assert.True(await _store.PutAsync("k", "first"u8.ToArray(), Minute));
        Assert.False(await _store.PutIfAbsentAsync("k", "second"u8.ToArray(), Minute));
        Assert.Equal("first", await TextAsync("k"));

        Assert.True(await _store.PutAsync("k", "third"u8.ToArray(), Minute));
        Assert.Equal("third", await TextAsync("k"));

        _time.Advance(Minute);
        Assert.Null(await TextAsync("k"));
        Assert.True(await _store.PutIfAbsentAsync("k", "fourth"u8.ToArray(), Minute));
        Assert.Equal("fourth", await TextAsync("k"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_step_of_the_wall_clock_changes_no_end(int hours)
    {
        await _store.PutAsync("k", "v"u8.ToArray(), Minute);
        _time.StepUtc(TimeSpan.FromHours(hours));

        Assert.Equal("v", await TextAsync("k"));
        _time.Advance(Minute);
        Assert.Null(await TextAsync("k"));
    }

    [Fact]
    public async Task What_ends_soonest_makes_room()
    {
        for (var i = 0; i < 5; i++)
            Assert.True(await _store.PutAsync($"k{i}", "v"u8.ToArray(), Minute - TimeSpan.FromSeconds(i)));

        Assert.Null(await TextAsync("k3")); // the soonest of the first four
        Assert.Equal("v", await TextAsync("k0"));
        Assert.Equal("v", await TextAsync("k4"));
    }

    [Fact]
    public async Task Bytes_are_bounded_and_what_is_larger_than_all_of_them_is_not_kept()
    {
        Assert.False(await _store.PutAsync("huge", new byte[1 << 20], Minute));
        Assert.True(await _store.PutAsync("half", new byte[600_000], Minute));
        Assert.True(await _store.PutAsync("other half", new byte[600_000], 2 * Minute));

        Assert.Null(await _store.GetAsync("half"));
        Assert.NotNull(await _store.GetAsync("other half"));
    }

    [Fact]
    public async Task A_claim_is_its_owners_until_it_is_released_or_over()
    {
        Assert.True(await _store.ClaimAsync("lock", "a", Minute));
        Assert.False(await _store.ClaimAsync("lock", "b", Minute));
        await _store.ReleaseAsync("lock", "b"); // not b's to give up
        Assert.False(await _store.ClaimAsync("lock", "b", Minute));

        _time.Advance(TimeSpan.FromSeconds(40));
        Assert.True(await _store.ClaimAsync("lock", "a", Minute)); // for longer
        _time.Advance(TimeSpan.FromSeconds(40));
        Assert.False(await _store.ClaimAsync("lock", "b", Minute));
        await _store.ReleaseAsync("lock", "a");
        Assert.True(await _store.ClaimAsync("lock", "b", Minute));

        _time.Advance(Minute);
        Assert.True(await _store.ClaimAsync("lock", "a", Minute));
    }

    [Fact]
    public async Task Claims_are_not_driven_out_by_values()
    {
        await _store.ClaimAsync("lock", "a", Minute);
        for (var i = 0; i < 10; i++)
            await _store.PutAsync($"k{i}", new byte[300_000], 2 * Minute);

        Assert.False(await _store.ClaimAsync("lock", "b", Minute));
    }

    private async Task<string?> TextAsync(string key) => await _store.GetAsync(key) is { } value ? Encoding.UTF8.GetString(value) : null;
}
