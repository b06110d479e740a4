using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Clawdbot.Gateway.SharedStore;

/// <summary>The connection to Redis, which is made in the background and again whenever it breaks.</summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private readonly Task<ConnectionMultiplexer> _connecting;

    public RedisConnection(IOptions<SharedStoreOptions> options) => _connecting = ConnectAsync(options.Value);

    /// <summary>The database.</summary>
    /// <exception cref="IOException">There is no connection yet.</exception>
    public IDatabase Database => _connecting.IsCompletedSuccessfully ? _connecting.Result.GetDatabase()
        : throw new IOException(_connecting.Exception?.InnerException?.Message ?? "There is no connection yet.");

    /// <summary>What is wrong with an address; null when nothing is.</summary>
    public static string? Problem(string address)
    {
        try
        {
            return ConfigurationOptions.Parse(address).EndPoints.Count > 0 ? null : "names no server";
        }
        catch (ArgumentException fault)
        {
            return fault.Message;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_connecting.IsCompletedSuccessfully)
            await (await _connecting).DisposeAsync();
    }

    private static async Task<ConnectionMultiplexer> ConnectAsync(SharedStoreOptions options)
    {
        await Task.Yield(); // the start of a gateway does not wait for Redis
        var configuration = ConfigurationOptions.Parse(options.Redis);
        configuration.AbortOnConnectFail = false;
        configuration.BacklogPolicy = BacklogPolicy.FailFast; // without a connection, calls fail at once
        configuration.ConnectTimeout = 2000;
        configuration.AsyncTimeout = 1000;
        configuration.KeepAlive = 5;
        configuration.ReconnectRetryPolicy = new LinearRetry(500);
        configuration.ClientName = "clawdbot-gateway";
        if (options.RedisPasswordFile is { } file)
            configuration.Password = (await File.ReadAllTextAsync(file)).TrimEnd();
        return await ConnectionMultiplexer.ConnectAsync(configuration);
    }
}
