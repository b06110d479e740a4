using System.Buffers;
using System.Security.Cryptography;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Failover;

namespace Clawdbot.Gateway.Edge.Idempotency;

/// <summary>
/// Serves requests with an <c>Idempotency-Key</c>: each is answered once, and a client that sends it again joins the answer that is under
/// way or gets the one that was given.
/// </summary>
internal sealed class IdempotentPath(KeyedRuns runs, RequestAccounting accounting)
{
    /// <summary>Number of failed answers of others that a client joins before its own request is run.</summary>
    private const int MostRounds = 3;

    /// <summary>Answers a request with a key, or copies the answer that the same request got or is getting.</summary>
    /// <param name="response">The response.</param>
    /// <param name="context">The request.</param>
    /// <param name="answer">
    /// Answers the request: returns the tokens counted, null when the answer is not whole. Its token is cancelled when no client wants the
    /// answer any more.
    /// </param>
    public async Task ServeAsync(ClientResponse response, RequestContext context, Func<CancellationToken, Task<AnswerUsage?>> answer)
    {
        var name = KeyedRuns.Name(context.Options.Caller.Tenant, context.Options.IdempotencyKey!);
        var hash = Convert.ToHexStringLower(SHA256.HashData(context.Request.Body.Span));
        var fingerprint = $"{context.Api}:{hash}";
        for (var round = 0; round < MostRounds; round++)
        {
            var (run, isNew) = runs.Enter(name, fingerprint);
            if (isNew)
            {
                await BeginAsync(response, context, run, answer);
                return;
            }
            using (run.Wait(response.Gone))
            {
                if (await CopyAsync(response, context, run, "joined"))
                    return;
                await run.Over.WaitAsync(response.Gone); // a failed answer is not copied: the next round runs the request again
            }
        }
        await answer(response.Gone);
    }

    private async Task BeginAsync(
        ClientResponse response, RequestContext context, KeyedRun run, Func<CancellationToken, Task<AnswerUsage?>> answer)
    {
        using var over = new CancellationTokenSource();
        using var waiting = run.Wait(response.Gone);
        try
        {
            if (await runs.KeptAsync(run, response.Gone) is { } kept)
            {
                run.Recording.Begin(kept.Head);
                run.Recording.Append(kept.Bytes.Span);
                run.Recording.End();
                (run.Usage, run.IsKept) = (kept.Usage, true);
                await CopyAsync(response, context, run, "replayed");
                return;
            }
            context.Idempotent = runs.IsShared ? "ran" : "ran_alone";
            _ = runs.HoldAsync(run, over.Token);
            response.Wrap((body, http) => new RecordedBody(body, http, run.Recording));
            run.Usage = await answer(run.Unwanted);
        }
        finally
        {
            response.Unwrap();
            await over.CancelAsync();
            await runs.LeaveAsync(run);
        }
    }

    /// <summary>Copies the answer to another client; false when there is none to copy, and nothing of it has been sent.</summary>
    private async Task<bool> CopyAsync(ClientResponse response, RequestContext context, KeyedRun run, string how)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(16 << 10);
        var at = 0;
        try
        {
            while (true)
            {
                var read = await run.Recording.ReadAsync(at, buffer, response.Gone);
                if (at == 0 && (read is null or 0 || run.Recording.Head is not { Status: StatusCodes.Status200OK }))
                    return false;
                if (read is null)
                {
                    response.Cut("answer_too_long"); // to be copied, and begun
                    break;
                }
                if (read == 0)
                {
                    if (run.Usage is null)
                        response.Cut("answer_incomplete");
                    break;
                }
                if (at == 0)
                    response.SetHead(http => run.Recording.Head!.CopyTo(http, how));
                at += read.Value;
                await response.CopyAsync(buffer.AsMemory(0, read.Value), response.Gone);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (at > 0)
                accounting.Repeated(context, run.Recording.Head!.Id, run.Usage, how, response.Gone.IsCancellationRequested);
        }
        return true;
    }
}
