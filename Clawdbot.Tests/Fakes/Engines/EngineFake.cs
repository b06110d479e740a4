using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clawdbot.Tests.Fakes.Engines;

/// <summary>
/// An engine over real HTTP: a dialect says how things look, the core what they are. Faults are played here, the same in every dialect.
/// </summary>
internal abstract class EngineFake(EngineCore core) : IAsyncDisposable
{
    /// <summary>Header of a request that is somebody else's than the shim's.</summary>
    public const string Others = "X-Others";

    private WebApplication? _app;
    private int _parked;

    public EngineCore Core => core;

    /// <summary>Requests of the shim's that will not go on by themselves: they wait for a test or for a clock in its hand.</summary>
    public int Parked => Volatile.Read(ref _parked);

    public Uri Address { get; private set; } = null!;

    /// <summary>How its answers look on the wire.</summary>
    public WireForm Form { get; set; }

    /// <summary>The only name of the model that it answers to, as most engines do; null: any.</summary>
    public string? OnlyModel { get; set; }

    /// <summary>Starts to listen, at any port or at this one.</summary>
    public async Task ListenAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add($"http://127.0.0.1:{port}");
        _app.Use(async (http, next) =>
        {
            if ((core.Stopped ?? (http.Request.Path == "/metrics" ? core.NumbersStopped : null)) is { } until)
                await ParkAsync(http, until);
            await next(http);
        });
        _app.Use(async (http, next) =>
        {
            if (OnlyModel is null || !HttpMethods.IsPost(http.Request.Method) || await IsOwnAsync(http.Request))
                await next(http);
            else
                await UnknownModelAsync(http);
        });
        _app.Use(async (http, next) =>
        {
            if (Form == WireForm.AsItIs || !HttpMethods.IsPost(http.Request.Method))
            {
                await next(http);
                return;
            }
            var inner = http.Response.Body;
            await using var changed = new WireFormStream(http, inner, Form);
            http.Response.Body = changed;
            await next(http);
            await changed.EndAsync();
            http.Response.Body = inner;
        });
        Map(_app);
        await _app.StartAsync();
        Address = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
    }

    /// <summary>The dialect's routes.</summary>
    protected abstract void Map(WebApplication app);

    /// <summary>The content type of a stream.</summary>
    protected virtual string StreamType => "text/event-stream";

    /// <summary>An error in the dialect, as a body.</summary>
    protected abstract string Error(int status, string message);

    /// <summary>Whether a request names the model by the engine's own name, and once; what ends another request names none.</summary>
    private async Task<bool> IsOwnAsync(HttpRequest request)
    {
        request.EnableBuffering();
        using var body = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
        request.Body.Position = 0;
        var named = body.RootElement.EnumerateObject().Where(f => f.NameEquals("model")).Select(f => f.Value).ToList();
        return request.Path == "/abort_request"
            || (named.Count == 1 && named[0].ValueKind == JsonValueKind.String && named[0].GetString() == OnlyModel);
    }

    private static Task UnknownModelAsync(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return http.Response.WriteAsync(
            """{"error":{"message":"The model does not exist.","type":"NotFoundError","param":"model","code":"model_not_found"}}""");
    }

    /// <summary>Takes a place and answers, as well as the script lets it.</summary>
    protected async Task AnswerAsync(HttpContext http, Func<EngineFault?, Task> answer, JsonNode? messages = null)
    {
        if (!core.Script.TryDequeue(out var fault))
            fault = core.OnPictures is { } eyeless && EngineCore.PicturesOf(messages).Count > 0 ? eyeless : core.Always;
        if (core.IsPoisoned(messages) && fault is null)
            fault = new EngineFault(EngineFaultKind.Refusal) { Message = "Expected a cached item for this mm_hash" };
        switch (fault?.Kind)
        {
            case EngineFaultKind.ResetAtOnce:
                http.Abort();
                return;
            case EngineFaultKind.Refusal:
                http.Response.StatusCode = fault.Status;
                if (fault.RetryAfter is { } wait)
                    http.Response.Headers.RetryAfter = wait == "date"
                        ? TimeProvider.System.GetUtcNow().AddSeconds(37).ToString("r", CultureInfo.InvariantCulture)
                        : wait;
                await http.Response.WriteAsync(Error(fault.Status, fault.Message));
                return;
            case EngineFaultKind.Empty:
                http.Response.ContentType = StreamType;
                return;
            case EngineFaultKind.WebPage:
                http.Response.ContentType = "text/html";
                await http.Response.WriteAsync("<html>It works!</html>");
                return;
            case EngineFaultKind.DeadInput:
                await ParkAsync(http, fault.Until).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
        }
        await ParkAsync(http, core.EnterAsync(http.RequestAborted));
        try
        {
            await answer(fault);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client left.
        }
        finally
        {
            if (fault?.Kind != EngineFaultKind.Leak)
                core.Leave();
        }
    }

    /// <summary>Plays a fault whose time has come; false when the answer is over by it.</summary>
    protected async Task<bool> PlayAsync(HttpContext http, EngineFault? fault, int tokens, string errorEvent)
    {
        if (fault is null || fault.AfterTokens != tokens)
            return true;
        switch (fault.Kind)
        {
            case EngineFaultKind.Reset:
                http.Abort();
                return false;
            case EngineFaultKind.Cut:
                return false;
            case EngineFaultKind.Silence:
                await ParkAsync(http, fault.Until);
                return true;
            case EngineFaultKind.Comments or EngineFaultKind.CommentsAndError:
                await RawAsync(http, ": loading\n\n");
                while (!fault.Until.IsCompleted)
                {
                    await ParkAsync(http, Task.WhenAny(fault.Until, core.NextBeat));
                    await RawAsync(http, ": loading\n\n");
                }
                if (fault.Kind == EngineFaultKind.CommentsAndError)
                    await RawAsync(http, $"data: {Error(fault.Status, fault.Message)}\n\n");
                return fault.Kind == EngineFaultKind.Comments;
            case EngineFaultKind.ErrorEvent:
                await RawAsync(http, errorEvent);
                return false;
            case EngineFaultKind.HalfEvent:
                await RawAsync(http, errorEvent[..(errorEvent.Length / 2)]);
                return false;
            case EngineFaultKind.Malformed:
                await RawAsync(http, "data: [1,2\n\n");
                return false;
            default:
                return true;
        }
    }

    /// <summary>Waits until this is over or the client has left.</summary>
    protected async Task ParkAsync(HttpContext http, Task until)
    {
        if (until.IsCompletedSuccessfully)
            return;
        var counts = http.Request.Headers.ContainsKey(Others) ? 0 : 1;
        Interlocked.Add(ref _parked, counts);
        try
        {
            await until.WaitAsync(http.RequestAborted);
        }
        finally
        {
            Interlocked.Add(ref _parked, -counts);
        }
    }

    protected static async Task RawAsync(HttpContext http, string text)
    {
        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }
}
