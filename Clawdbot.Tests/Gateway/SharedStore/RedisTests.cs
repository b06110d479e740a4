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
        Assert.Equal(5, (await _other.AddAsync("n", 2, TimeSpan.FromDays(1))).Current);
        Assert.Equal(4, (await _one.AddAsync("n", -1, TimeSpan.FromDays(1))).Current);
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
    public async Task Without_Redis_each_goes_on_by_itself_and_with_it_again_together()
    {
        await _one.AddAsync("n", 5, TimeSpan.FromDays(1));
        await _redis.KillAsync();

        Assert.Equal(1, (await _one.AddAsync("n", 1, TimeSpan.FromDays(1))).Current); // its own count
        Assert.Equal(2, (await _one.AddAsync("n", 1, TimeSpan.FromDays(1))).Current);
        Assert.True(await _one.ClaimAsync("lock", "one", Minute));
        Assert.False(_one.IsShared);

        await _redis.RestartAsync();
        await UntilAsync(() => _one.IsShared);
        await _one.AddAsync("after", 1, TimeSpan.FromDays(1));
        await UntilAsync(async () => (await _other.AddAsync("after", 0, TimeSpan.FromDays(1))).Current == 1);
    }

    [Fact]
    public async Task A_Redis_that_hangs_costs_nobody_more_than_its_limit()
    {
        _redis.Program.Signal(Signals.Stop);
        for (var i = 0; i < 5; i++)
            Assert.Equal(i + 1, (await _one.AddAsync("n", 1, TimeSpan.FromDays(1))).Current);
        Assert.False(_one.IsShared); // and nobody waits for it any more
        Assert.Equal(5, _one.Fallbacks);

        _redis.Program.Signal(Signals.Continue);
        await UntilAsync(() => _one.IsShared);
    }

    [Fact]
    public async Task Requests_under_way_on_another_gateway_count_too()
    {
        var quota = new Quota(3, 0, 0);
        var caller = new Caller("t", false) { Allowance = new Allowance(Priority.Normal, Priority.Normal, Quota: quota) };
        var (here, there) = (new TenantQuotas(_one, TimeProvider.System), new TenantQuotas(_other, TimeProvider.System));
        using var exchangeHere = new ConcurrencyExchange(here, _one, TimeProvider.System);
        using var exchangeThere = new ConcurrencyExchange(there, _other, TimeProvider.System);
        await here.EnterAsync(caller, new PromptSize(1, 0), null);
        await here.EnterAsync(caller, new PromptSize(1, 0), null);
        (await there.EnterAsync(caller, new PromptSize(1, 0), null)).QuotaUse!.Dispose();

        await exchangeHere.StartAsync(CancellationToken.None);
        await exchangeThere.StartAsync(CancellationToken.None);
        await UntilAsync(() => there.Uses.Single().Value.Elsewhere == 2);
        Assert.Null((await there.EnterAsync(caller, new PromptSize(1, 0), null)).Excess);
        Assert.Equal(QuotaKind.Concurrent, (await there.EnterAsync(caller, new PromptSize(1, 0), null)).Excess!.Kind);

        await exchangeHere.StopAsync(CancellationToken.None); // as if it had died
        await UntilAsync(() => there.Uses.Single().Value.Elsewhere == 0);
        await exchangeThere.StopAsync(CancellationToken.None);
    }

    private FailOpenStore Store()
    {
        var options = Options.Create(new SharedStoreOptions { Redis = _redis.Address });
        var connection = new RedisConnection(options);
        _connections.Add(connection);
        return new FailOpenStore(new RedisStore(() => connection.Database, TimeProvider.System),
            new LocalStore(options, TimeProvider.System),
            TimeSpan.FromMilliseconds(500), NullLogger<FailOpenStore>.Instance, TimeProvider.System);
    }

    private static Task UntilAsync(Func<bool> isSo) => UntilAsync(() => Task.FromResult(isSo()));

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (!await isSo())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
    }
}
