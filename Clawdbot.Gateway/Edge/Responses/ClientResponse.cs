using System.Buffers;
using System.IO.Pipelines;
using Clawdbot.Gateway.Edge.Apis;
using Clawdbot.Gateway.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace Clawdbot.Gateway.Edge.Responses;

/// <summary>
/// The HTTP response to one request. While there is nothing to send it keeps the connection in use: its headers, and then a comment of the
/// event stream or, before a JSON document, white space. So a load balancer can tell a slow answer from a gateway that hangs. Thread-safe.
/// </summary>
internal sealed class ClientResponse : IDisposable
{
    /// <summary>Number of looks without a write in between after which a sign of life is sent.</summary>
    private const int QuietLooks = 2;

    private readonly HttpContext _http;
    private readonly string _id;
    private readonly ITimer? _timer;
    private IHttpResponseBodyFeature? _unwrapped;
    private PipeWriter? _output;
    private int _writes;
    private int _seen;
    private int _quiet;
    private int _flushing;
    private bool _isOver;

    /// <param name="http">The client's connection.</param>
    /// <param name="id">Id of the answer.</param>
    /// <param name="isStream">Whether the answer travels as an event stream; else it is a JSON document.</param>
    /// <param name="keepAlive">Time without a write after which a sign of life is sent; zero for never.</param>
    /// <param name="time">The clock.</param>
    public ClientResponse(HttpContext http, string id, bool isStream, TimeSpan keepAlive, TimeProvider time)
    {
        (_http, _id, IsStream) = (http, id, isStream);
        http.TraceIdentifier = id; // also of an error that nobody here catches
        RequestId.Write(http);
        if (keepAlive > TimeSpan.Zero)
        {
            _timer = time.CreateTimer(
                static response => ((ClientResponse)response!).Look(), this, keepAlive / QuietLooks, keepAlive / QuietLooks);
        }
    }

    /// <summary>Held by whoever writes, from <see cref="Begin"/> to <see cref="FlushAsync"/>.</summary>
    public Lock Lock { get; } = new();

    /// <summary>Whether status and headers are sent: from then on an error can't have its own.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether the answer travels as an event stream.</summary>
    public bool IsStream { get; }

    /// <summary>The request, in the form in which it came.</summary>
    public ApiCall Call { get; init; } = ChatApi.AsItIs;

    /// <summary>Gives the value of <see cref="ServerTiming"/> when the headers are sent; null where the client did not ask.</summary>
    public Func<string?>? Timing { get; init; }

    /// <summary>Cancelled when the client leaves.</summary>
    public CancellationToken Gone => _http.RequestAborted;

    /// <summary>Sets a header, if headers are not sent yet.</summary>
    public void SetHeader(string name, string value)
    {
        lock (Lock)
        {
            if (!HasBegun)
                _http.Response.Headers[name] = value;
        }
    }

    /// <summary>Sets the headers that say who serves the answer, if headers are not sent yet.</summary>
    /// <param name="replica">Id of the replica.</param>
    /// <param name="model">What its engine was asked for; null where that is not known.</param>
    public void ServedBy(string replica, string? model) => SetHead(response =>
    {
        response.Headers[EdgeHeaders.Replica] = replica;
        // The web server takes nothing else in a header, and a model may have a name in any script. Null removes an earlier attempt's.
        response.Headers[EdgeHeaders.ServedModel] = model?.All(c => c is >= ' ' and <= '~') == true ? model : null;
    });

    /// <summary>Sets headers, if they are not sent yet.</summary>
    public void SetHead(Action<HttpResponse> set)
    {
        lock (Lock)
        {
            if (!HasBegun)
                set(_http.Response);
        }
    }

    /// <summary>Has the answer go through another body from now on. Signs of life, and errors before it, are no part of it.</summary>
    /// <param name="wrap">Makes the other body from the one that is.</param>
    public void Wrap(Func<IHttpResponseBodyFeature, HttpResponse, IHttpResponseBodyFeature> wrap)
    {
        lock (Lock)
        {
            _unwrapped = _http.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
            _http.Features.Set(wrap(_unwrapped, _http.Response));
        }
    }

    /// <summary>Takes back what <see cref="Wrap"/> did, if it was called.</summary>
    public void Unwrap()
    {
        lock (Lock)
        {
            if (_unwrapped is not { } body)
                return;
            _http.Features.Set(body);
            (_unwrapped, _output) = (null, _output is null ? null : body.Writer);
        }
    }

    /// <summary>The output, with the headers of the answer before it. Call it, write and flush while holding <see cref="Lock"/>.</summary>
    public PipeWriter Begin()
    {
        if (_output is not null)
            return _output;
        BeginHead();
        return _output = _http.Response.BodyWriter; // kept, because the property looks it up each time
    }

    /// <summary>Sends what was written. Call it while holding <see cref="Lock"/>; await the result after that.</summary>
    public ValueTask FlushAsync(CancellationToken cancellation) => FlushAsync(_output!, cancellation);

    /// <summary>Sends bytes of an answer that is not made here.</summary>
    public ValueTask CopyAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        lock (Lock)
        {
            Begin().Write(bytes.Span);
            return FlushAsync(cancellation);
        }
    }

    /// <summary>Sends a whole JSON document, after which nothing follows.</summary>
    public ValueTask DocumentAsync(ReadOnlyMemory<byte> json, CancellationToken cancellation)
    {
        lock (Lock)
        {
            if (!HasBegun)
                _http.Response.ContentLength = json.Length;
            Begin().Write(json.Span);
            _isOver = true;
            return FlushAsync(cancellation);
        }
    }

    /// <summary>
    /// Sends an error: with its status while the headers are not sent; else as an event or document of the answer that has begun. Then the
    /// connection is cut, so that no client takes the answer for a whole one.
    /// </summary>
    /// <param name="error">The error.</param>
    /// <param name="tokens">Tokens that were delivered before it.</param>
    public async Task ErrorAsync(ApiError error, int tokens = 0)
    {
        ValueTask sent;
        lock (Lock)
        {
            _isOver = true;
            if (!HasBegun)
            {
                sent = new ValueTask(error.WriteAsync(_http));
            }
            else
            {
                RequestTrace.BrokeOff(error.Code, tokens);
                var output = _output ?? Unwrapped;
                if (IsStream)
                    Call.WriteErrorEvent(output, error, _id);
                else
                    output.Write(ApiError.Api(_http).Error(error, _id));
                BrokenAnswers.Cut(_http, error.Code);
                sent = FlushAsync(output, Gone);
            }
        }
        await sent;
    }

    /// <summary>Ends an answer that is not whole: the connection is cut, so that no client takes it for a whole one.</summary>
    /// <param name="code">What went wrong, as the code of an error.</param>
    public void Cut(string code)
    {
        lock (Lock)
            _isOver = true;
        RequestTrace.BrokeOff(code, 0);
        BrokenAnswers.Cut(_http, code);
    }

    /// <summary>Nothing is written from now on.</summary>
    public void Dispose()
    {
        lock (Lock)
            _isOver = true;
        _timer?.Dispose();
    }

    private PipeWriter Unwrapped => (_unwrapped ?? _http.Features.GetRequiredFeature<IHttpResponseBodyFeature>()).Writer;

    private void BeginHead()
    {
        if (HasBegun)
            return;
        HasBegun = true;
        var response = _http.Response;
        response.ContentType ??= IsStream ? "text/event-stream; charset=utf-8" : "application/json; charset=utf-8";
        if (Timing?.Invoke() is { } timing)
            response.Headers[ServerTiming.Header] = timing;
        if (IsStream)
        {
            response.Headers.CacheControl = "no-cache";
            response.Headers["X-Accel-Buffering"] = "no";
        }
    }

    /// <summary>Sends a sign of life when nothing was written since the last looks.</summary>
    private void Look()
    {
        lock (Lock)
        {
            // While a flush is under way there are bytes for the client, which does not read them.
            var isQuiet = _writes == _seen && Volatile.Read(ref _flushing) == 0;
            (_seen, _quiet) = (_writes, isQuiet ? _quiet + 1 : 0);
            if (_isOver || Gone.IsCancellationRequested || _quiet < QuietLooks)
                return;
            _quiet = 0;
            _ = SendSignAsync();
            _seen = _writes;
        }
    }

    /// <summary>Under the lock, up to its first await. Throws nothing: nobody catches what a timer throws.</summary>
    private async Task SendSignAsync()
    {
        try
        {
            BeginHead();
            var output = Unwrapped;
            output.Write(IsStream ? ": keep-alive\n\n"u8 : " "u8);
            await FlushAsync(output, CancellationToken.None); // ends by itself when the client leaves
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The client left: whoever answers it notices.
        }
    }

    private ValueTask FlushAsync(PipeWriter output, CancellationToken cancellation)
    {
        _writes++;
        var flushed = output.FlushAsync(cancellation);
        if (!flushed.IsCompletedSuccessfully)
            return WaitAsync(flushed);
        _ = flushed.Result;
        return default;
    }

    private async ValueTask WaitAsync(ValueTask<FlushResult> flushed)
    {
        Interlocked.Increment(ref _flushing);
        try
        {
            await flushed;
        }
        finally
        {
            Interlocked.Decrement(ref _flushing);
        }
    }
}
