using System.Security.Cryptography;
using System.Text;
using Clawdbot.Gateway.SharedStore;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Edge.Apis.Responses.Background;

/// <summary>What gateways keep together of responses in the background: the request, its events as they come, and who makes them.</summary>
internal sealed class BackgroundStore(ISharedStore store, IOptions<ResponsesOptions> options, TimeProvider time)
{
    /// <summary>How long a gateway that makes a response is believed to be alive after it last said so.</summary>
    public static readonly TimeSpan ClaimLife = TimeSpan.FromSeconds(3);

    /// <summary>How long a shared store that does not answer is asked again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);

    private readonly string _owner = RandomNumberGenerator.GetHexString(16);

    /// <summary>Whether other gateways see what is kept.</summary>
    public bool IsShared => store.IsShared;

    /// <summary>Keeps a request; false when it is too large.</summary>
    public async ValueTask<bool> PutAsync(BackgroundRequest request) => request.Body.Length <= options.Value.LargestKibibytes << 10
        && await store.PutAsync(Key(request.Tenant, request.Id), request.Pack(), Life);

    /// <summary>The request of a response; null where none is kept.</summary>
    public async ValueTask<BackgroundRequest?> GetAsync(string tenant, string id) =>
        id.Length is > 0 and <= ResponseStore.LongestId && await store.GetAsync(Key(tenant, id)) is { Length: > 0 } packed
            ? BackgroundRequest.Unpack(packed)
            : null;

    /// <summary>Forgets a request, and with it its response.</summary>
    public async ValueTask DeleteAsync(string tenant, string id) => await store.PutAsync(Key(tenant, id), [], TimeSpan.FromMilliseconds(1));

    /// <summary>
    /// Adds a chunk; false when another gateway has written one in its place, which then makes the response. While the shared store does
    /// not answer it is asked again, because others would miss the chunk for ever; after a while this gateway goes on alone.
    /// </summary>
    public async ValueTask<bool> AddAsync(BackgroundRequest request, int number, EventChunk chunk)
    {
        var (key, packed) = (Key(request.Tenant, request.Id), chunk.Pack());
        if (!await PutAsync($"{key}:{number}", packed))
            return false;
        if (chunk.IsLast)
            await store.PutAsync($"{key}:last", packed, Life);
        return true;
    }

    /// <summary>The last chunk of a response that is over; null while it is not.</summary>
    public async ValueTask<EventChunk?> LastAsync(BackgroundRequest request) =>
        await store.GetAsync($"{Key(request.Tenant, request.Id)}:last") is { } packed ? EventChunk.Unpack(packed) : null;

    /// <summary>A chunk; null where there is none yet.</summary>
    public async ValueTask<EventChunk?> GetAsync(BackgroundRequest request, int number) =>
        await store.GetAsync($"{Key(request.Tenant, request.Id)}:{number}") is { } packed ? EventChunk.Unpack(packed) : null;

    /// <summary>Takes the making of a response, or says that this gateway still makes it; false while another one does.</summary>
    public ValueTask<bool> ClaimAsync(BackgroundRequest request) =>
        store.ClaimAsync(Key(request.Tenant, request.Id), _owner, ClaimLife);

    /// <summary>Lets others make it.</summary>
    public ValueTask ReleaseAsync(BackgroundRequest request) => store.ReleaseAsync(Key(request.Tenant, request.Id), _owner);

    /// <summary>Says that the response is not wanted any more.</summary>
    public async ValueTask CancelAsync(BackgroundRequest request) =>
        await store.PutAsync($"{Key(request.Tenant, request.Id)}:cancel", [1], Life);

    /// <summary>Whether it is not wanted any more.</summary>
    public async ValueTask<bool> IsCancelledAsync(BackgroundRequest request) =>
        await store.GetAsync($"{Key(request.Tenant, request.Id)}:cancel") is not null;

    private async ValueTask<bool> PutAsync(string key, byte[] chunk)
    {
        var since = time.GetTimestamp();
        do
        {
            if (await store.PutForAllAsync(key, chunk, Life) is { } isKept)
                return isKept;
            await Task.Delay(Again, time);
        }
        while (time.GetElapsedTime(since) < Patience);
        return await store.PutIfAbsentAsync(key, chunk, Life);
    }

    private TimeSpan Life => TimeSpan.FromSeconds(options.Value.KeepSeconds);

    private static string Key(string tenant, string id) =>
        "background:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{tenant.Length}:{tenant}{id}")));
}
