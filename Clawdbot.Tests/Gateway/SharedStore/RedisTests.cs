using System.Text;
using Clawdbot.Gateway.Admission.Quotas;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.SharedStore;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.SharedStore;

/// <summary>Two stores as two gateways have them, over one real Redis.</summary>
public sealed class RedisTests : IAsyncLifetime
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly List<RedisConnection> _connections = [];
    private RedisServer _redis = null!;
    private FailOpenStore _one = null!;
    private FailOpenStore _other = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        (_one, _other) = (Store(), Store());
        await UntilAsync(() => _one.IsShared && _other.IsShared);
    }

    public async ValueTask DisposeAsync()
    {
        _one?.Dispose();
        _other?.Dispose();
        foreach (var connection in _connections)
            await connection.DisposeAsync();
        if (_redis is not null)
            await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Counters_are_one_for_both()
    {
        await _one.AddAsync("n", 3, TimeSpan.FromDays(1));
        Assert.Equal(5, (await _other.AddAsync("n", 2, TimeSpan.FromDays(1)))!.Value.Current);
        Assert.Equal(4, (await _one.AddAsync("n", -1, TimeSpan.FromDays(1)))!.Value.Current);
        Assert.Equal(0, _one.Fallbacks);
    }

    [Fact]
    public async Task Values_are_one_for_both_and_end()
    {
        Assert.True(await _one.PutIfAbsentAsync("k", "first"u8.ToArray(), Minute));
        Assert.False(await _other.PutIfAbsentAsync("k", "second"u8.ToArray(), Minute));
        Assert.Equal("first", Encoding.UTF8.GetString((await _other.GetAsync("k"))!));
        Assert.True(await _other.PutAsync("k", "third"u8.ToArray(), TimeSpan.FromMilliseconds(100)));
        Assert.Null(await _one.GetAsync("nothing"));
        await UntilAsync(async () => await _one.GetAsync("k") is null);
    }

    [Fact]
    public async Task A_claim_is_held_by_one_of_both()
    {
        Assert.True(await _one.ClaimAsync("lock", "one", Minute));
        Assert.False(await _other.ClaimAsync("lock", "other", Minute));
        Assert.True(await _one.ClaimAsync("lock", "one", Minute));
        await _other.ReleaseAsync("lock", "other");
        Assert.False(await _other.ClaimAsync("lock", "other", Minute));
        await _one.ReleaseAsync("lock", "one");
        Assert.True(await _other.ClaimAsync("lock", "other", Minute));
    }

    [Fact]
    public async Task Without_Redis_nothing_is_counted_claims_are_ones_own_and_with_it_again_together()
    {
        await _one.AddAsync("n", 5, TimeSpan.FromDays(1));
        await _redis.KillAsync();

        Assert.Null(await _one.AddAsync("n", 1, TimeSpan.FromDays(1)));
        Assert.True(await _one.ClaimAsync("lock", "one", Minute));
        Assert.False(_one.IsShared);

        await _redis.RestartAsync();
        await UntilAsync(() => _one.IsShared);
        await _one.AddAsync("after", 1, TimeSpan.FromDays(1));
        await UntilAsync(async () => (await _other.AddAsync("after", 0, TimeSpan.FromDays(1)))?.Current == 1);
    }

    [Fact]
    public async Task A_Redis_that_hangs_costs_nobody_more_than_its_limit()
    {
        _redis.Program.Signal(Signals.Stop);
        for (var i = 0; i < 5; i++)
            Assert.Null(await _one.AddAsync("n", 1, TimeSpan.FromDays(1)));
        Assert.False(_one.IsShared); // and nobody waits for it any more
        Assert.Equal(5, _one.Fallbacks);

        _redis.Program.Signal(Signals.Continue);
        await UntilAsync(() => _one.IsShared);
    }

    [Fact]
    public async Task What_gateways_hold_is_limited_together_and_forgotten_of_one_that_says_nothing_more()
    {
        Assert.Equal(0, await _one.HoldAsync("h", new Holding("one", 2, 1), 3, Minute));
        Assert.Equal(2, await _other.HoldAsync("h", new Holding("other", 1, 1), 3, TimeSpan.FromMilliseconds(200)));
        Assert.Equal(1, await _one.HoldAsync("h", new Holding("one", 3, 2), 3, Minute)); // one too many, which is not noted
        Assert.Equal(2, await _other.HoldAsync("h", new Holding("other", 1, 2), 0, TimeSpan.FromMilliseconds(200)));
        await _one.HoldAsync("h", new Holding("one", 9, 1), 0, Minute); // overtaken by the one before
        Assert.Equal(2, await _other.HoldAsync("h", new Holding("other", 1, 3), 0, TimeSpan.FromMilliseconds(200)));

        await UntilAsync(async () => await _one.HoldAsync("h", new Holding("one", 2, 3), 3, Minute) == 0);
    }

    [Fact]
    public async Task Of_all_that_come_to_two_gateways_at_once_exactly_as_many_as_the_limits_get_in()
    {
        // A busy machine may not have a Redis taken for one that does not answer: then each gateway counts by itself.
        using var one = Store(TimeSpan.FromSeconds(30));
        using var other = Store(TimeSpan.FromSeconds(30));
        await UntilAsync(() => one.IsShared && other.IsShared);
        foreach (var quota in (Quota[])[new(10, 0, 0), new(0, 10, 0), new(0, 0, 10)])
        {
            var caller = new Caller($"{quota}", false) { Allowance = new Allowance(Priority.Normal, Priority.Normal, Quota: quota) };
            var gateways = new[] { Quotas(one), Quotas(other) };
            var entries = await Task.WhenAll(Enumerable.Range(0, 60).Select(i =>
                Task.Run(async () => await gateways[i % 2].EnterAsync(caller, new PromptSize(1, 0), 0))));

            Assert.Equal(10, entries.Count(e => e.Excess is null));
            foreach (var entry in entries.Where(e => e.Excess is null).Take(4))
                entry.QuotaUse!.Dispose(); // tells Redis in the background
            var more = quota.RequestsPerMinute > 0 ? 0 : 4; // what was not answered costs no tokens
            var again = 0;
            await UntilAsync(async () =>
            {
                again += (await gateways[again % 2].EnterAsync(caller, new PromptSize(1, 0), 0)).Excess is null ? 1 : 0;
                return again >= more;
            });
            Assert.NotNull((await gateways[0].EnterAsync(caller, new PromptSize(1, 0), 0)).Excess);
            Assert.Equal(more, again);
        }
    }

    private static TenantQuotas Quotas(FailOpenStore store) => new(store, () => LimitSharing.With(2), TimeProvider.System);

    private FailOpenStore Store(TimeSpan? limit = null)
    {
        var options = Options.Create(new SharedStoreOptions { Redis = _redis.Address });
        var connection = new RedisConnection(options);
        _connections.Add(connection);
        return new FailOpenStore(new RedisStore(() => connection.Database, TimeProvider.System),
            new LocalStore(options, TimeProvider.System),
            limit ?? TimeSpan.FromMilliseconds(500), NullLogger<FailOpenStore>.Instance, TimeProvider.System);
    }

    private static Task UntilAsync(Func<bool> isSo) => UntilAsync(() => Task.FromResult(isSo()));

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (!await isSo())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
    }
}
