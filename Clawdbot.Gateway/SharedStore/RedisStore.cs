using Clawdbot.ServiceDefaults.Wire;
using StackExchange.Redis;

namespace Clawdbot.Gateway.SharedStore;

/// <summary>
/// The store in Redis. Each call is one round trip and throws when Redis can't be reached; <see cref="FailOpenStore"/> handles that.
/// </summary>
internal sealed class RedisStore(Func<IDatabase> database, TimeProvider time) : ISharedStore
{
    private const string Add = """
        local sum = redis.call('INCRBY', KEYS[1], ARGV[1])
        redis.call('PEXPIRE', KEYS[1], ARGV[2])
        return {sum, tonumber(redis.call('GET', KEYS[2]) or '0')}
        """;

    private const string Hold = """
        local clock = redis.call('TIME')
        local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
        local others, last = 0, -1
        local all = redis.call('HGETALL', KEYS[1])
        for i = 1, #all, 2 do
            local held, changes, ends = string.match(all[i + 1], '^(%d+) (%d+) (%d+)$')
            if all[i] == ARGV[1] then last = tonumber(changes)
            elseif tonumber(ends) <= now then redis.call('HDEL', KEYS[1], all[i])
            else others = others + tonumber(held) end
        end
        local held, limit = tonumber(ARGV[2]), tonumber(ARGV[4])
        if limit > 0 and held + others > limit then held = math.max(0, held - 1) end
        if tonumber(ARGV[3]) >= last then
            redis.call('HSET', KEYS[1], ARGV[1], string.format('%d %d %.0f', held, ARGV[3], now + ARGV[5]))
            redis.call('PEXPIRE', KEYS[1], ARGV[5])
        end
        return others
        """;

    private const string Claim = """
        local owner = redis.call('GET', KEYS[1])
        if owner and owner ~= ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
        return 1
        """;

    private const string Release = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

    /// <inheritdoc/>
    public bool IsShared => true;

    /// <inheritdoc/>
    public async ValueTask<WindowCount?> AddAsync(string counter, long amount, TimeSpan window)
    {
        var (number, elapsed) = WindowCount.At(time.GetUtcNow().UtcTicks, window);
        // The braces keep both keys on one node of a cluster.
        var sums = (RedisResult[])(await database().ScriptEvaluateAsync(Add,
            [$"clawdbot:n:{{{counter}}}:{number}", $"clawdbot:n:{{{counter}}}:{number - 1}"],
            [amount, (long)(2 * window).TotalMilliseconds + 1000]))!;
        return new WindowCount((long)sums[0], (long)sums[1], elapsed);
    }

    /// <inheritdoc/>
    public async ValueTask<long?> HoldAsync(string name, Holding holding, int limit, TimeSpan life) => (long)await database()
        .ScriptEvaluateAsync(Hold, [$"clawdbot:h:{name}"],
            [holding.Gateway, holding.Held, holding.Changes, limit, (long)life.TotalMilliseconds]);

    /// <inheritdoc/>
    public async ValueTask<byte[]?> GetAsync(string key) => await database().StringGetAsync(Value(key));

    /// <inheritdoc/>
    public async ValueTask<bool> PutAsync(string key, byte[] value, TimeSpan life) =>
        await database().StringSetAsync(Value(key), value, life);

    /// <inheritdoc/>
    public async ValueTask<bool> PutIfAbsentAsync(string key, byte[] value, TimeSpan life) =>
        await database().StringSetAsync(Value(key), value, life, When.NotExists);

    /// <inheritdoc/>
    public async ValueTask<bool?> PutForAllAsync(string key, byte[] value, TimeSpan life) =>
        await PutIfAbsentAsync(key, value, life) // or an earlier call did, whose answer was late
        || ((byte[]?)await database().StringGetAsync(Value(key)))?.AsSpan().SequenceEqual(value) == true;

    /// <inheritdoc/>
    public async ValueTask<bool> ClaimAsync(string name, string owner, TimeSpan life) =>
        (long)await database().ScriptEvaluateAsync(Claim, [$"clawdbot:c:{name}"], [owner, (long)life.TotalMilliseconds]) == 1;

    /// <inheritdoc/>
    public async ValueTask ReleaseAsync(string name, string owner) =>
        await database().ScriptEvaluateAsync(Release, [$"clawdbot:c:{name}"], [owner]);

    private static RedisKey Value(string key) => $"clawdbot:v:{key}";
}
