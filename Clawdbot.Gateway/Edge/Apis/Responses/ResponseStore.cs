using System.Security.Cryptography;
using System.Text;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.SharedStore;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Edge.Apis.Responses;

/// <summary>The responses that are kept, each for its tenant: in the shared store, so that any gateway can go on from them.</summary>
internal sealed class ResponseStore(ISharedStore store, IOptions<ResponsesOptions> options)
{
    /// <summary>Most characters of an id.</summary>
    public const int LongestId = 64;

    /// <summary>Most responses that one request goes on from, one from the other.</summary>
    private const int MostTurns = 256;

    private static readonly byte[] Deleted = [];

    /// <summary>Whether any response is kept.</summary>
    public bool IsOn => options.Value.KeepSeconds > 0;

    /// <summary>Keeps a response.</summary>
    /// <returns>Whether it is kept; one that is too large is not.</returns>
    public async ValueTask<bool> PutAsync(string tenant, string id, StoredResponse response)
    {
        if (response.Input.Bytes.Length + response.Response.Bytes.Length > options.Value.LargestKibibytes << 10)
            return false;
        return await store.PutAsync(Key(tenant, id), response.Pack(), TimeSpan.FromSeconds(options.Value.KeepSeconds));
    }

    /// <summary>The response of an id; null where none is kept.</summary>
    public async ValueTask<StoredResponse?> GetAsync(string tenant, string id) =>
        id.Length is > 0 and <= LongestId && await store.GetAsync(Key(tenant, id)) is { Length: > 0 } packed
            ? StoredResponse.Unpack(packed)
            : null;

    /// <summary>Forgets a response.</summary>
    public async ValueTask DeleteAsync(string tenant, string id) =>
        await store.PutAsync(Key(tenant, id), Deleted, TimeSpan.FromMilliseconds(1));

    /// <summary>The conversation up to a response, from its first.</summary>
    /// <param name="tenant">Whose it is.</param>
    /// <param name="last">Id of its last response; null for none.</param>
    /// <param name="most">Most bytes of all of them.</param>
    /// <exception cref="ApiException">One of them is not kept, or they are too many or too large.</exception>
    public async Task<IReadOnlyList<StoredResponse>> ConversationAsync(string tenant, string? last, int most)
    {
        var (turns, bytes) = (new List<StoredResponse>(), 0L);
        for (var id = last; id is not null; id = turns[^1].Previous)
        {
            var turn = await GetAsync(tenant, id) ?? throw new ApiException(NotKept(id, "previous_response_id", 400));
            turns.Add(turn);
            bytes += turn.Input.Bytes.Length + turn.Response.Bytes.Length;
            if (turns.Count > MostTurns || bytes > most)
            {
                throw ApiException.BadRequest("conversation_too_long", $"The conversation before this request has more than {MostTurns} "
                    + $"turns or {most} bytes. Begin a new one: send what matters of it as 'input'.", "previous_response_id");
            }
        }
        turns.Reverse();
        return turns;
    }

    /// <summary>The error for a response that is not kept.</summary>
    public ApiError NotKept(string id, string param, int status)
    {
        var shown = id.Length <= LongestId ? id : id[..LongestId];
        return new ApiError(status, status == 404 ? "response_not_found" : "previous_response_not_found", IsOn
            ? $"No response '{shown}' is kept here: it is older than {options.Value.KeepSeconds} s, its request said \"store\":false, "
                + "it was larger than what is kept, or it never was. Send the whole conversation as 'input'."
            : "No responses are kept here (Responses:KeepSeconds is 0). Send the whole conversation as 'input'.", param);
    }

    private static string Key(string tenant, string id) =>
        "response:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{tenant.Length}:{tenant}{id}")));
}
