namespace Clawdbot.Bench.Measure;

/// <summary>Clients that ask for a long answer and read nothing of it, until this is disposed.</summary>
internal sealed class Blocked : IAsyncDisposable
{
    private readonly List<RawClient> _clients = [];

    /// <summary>Starts so many, and waits until the buffers between them and the upstream are full.</summary>
    public static async Task<Blocked> StartAsync(Proxy proxy, int count)
    {
        var blocked = new Blocked();
        for (var i = 0; i < count; i++)
        {
            var client = await RawClient.ConnectAsync(proxy.Address);
            blocked._clients.Add(client);
            await client.SendAsync(RawClient.Request(proxy, Case.Unread.Body()));
        }
        if (count > 0)
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        return blocked;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        if (_clients.Count > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System); // until the proxy has noticed
    }
}
