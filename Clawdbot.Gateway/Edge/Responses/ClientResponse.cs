using System.Buffers;
using System.IO.Pipelines;
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
    private readonly bool _isStream;
    private readonly ITimer? _timer;
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
        (_http, _isStream) = (http, isStream);
        http.Response.Headers[EdgeHeaders.RequestId] = id;
        if (keepAlive > TimeSpan.Zero)
        {
            _timer = time.CreateTimer(
                static response => ((ClientResponse)response!).Look(), this, keepAlive / QuietLooks, keepAlive / QuietLooks);
        }
    }

    /// <summary>Held by whoever writes, from <see cref="Begin"/> to <see cref="FlushAsync"/>.</summary>
    public Lock Lock { get; } = new();

    /// <summary>Whether status and headers are sent: from then on an error can't have its own.</summary>
    public bool HasBegun => _output is not null;

    /// <summary>Whether the answer travels as an event stream.</summary>
    public bool IsStream => _isStream;

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

    /// <summary>Sets headers, if they are not sent yet.</summary>
    public void SetHead(Action<HttpResponse> set)
    {
        lock (Lock)
        {
            if (!HasBegun)
                set(_http.Response);
        }
    }

    /// <summary>Has everything that is written from now on go through another body.</summary>
    /// <param name="wrap">Makes the other body from the one that is.</param>
    /// <returns>The body that was.</returns>
    public IHttpResponseBodyFeature Wrap(Func<IHttpResponseBodyFeature, HttpResponse, IHttpResponseBodyFeature> wrap)
    {
        lock (Lock)
        {
            var body = _http.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
            Use(wrap(body, _http.Response));
            return body;
        }
    }

    /// <summary>Takes back what <see cref="Wrap"/> did.</summary>
    public void Unwrap(IHttpResponseBodyFeature body)
    {
        lock (Lock)
            Use(body);
    }

    /// <summary>The output, with the headers of the answer before it. Call it, write and flush while holding <see cref="Lock"/>.</summary>
    public PipeWriter Begin()
    {
        if (_output is not null)
            return _output;
        var response = _http.Response;
        response.ContentType ??= _isStream ? "text/event-stream; charset=utf-8" : "application/json; charset=utf-8";
        if (_isStream)
        {
            response.Headers.CacheControl = "no-cache";
            response.Headers["X-Accel-Buffering"] = "no";
        }
        return _output = response.BodyWriter; // kept, because the property looks it up each time
    }

    /// <summary>Sends what was written. Call it while holding <see cref="Lock"/>; await the result after that.</summary>
    public ValueTask FlushAsync(CancellationToken cancellation)
    {
        _writes++;
        var flushed = _output!.FlushAsync(cancellation);
        if (!flushed.IsCompletedSuccessfully)
            return WaitAsync(flushed);
        _ = flushed.Result;
        return default;
    }

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
    public async Task ErrorAsync(ApiError error)
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
                var output = Begin();
                output.Write(_isStream ? "data: "u8 : []);
                output.Write(error.ToJson());
                output.Write(_isStream ? "\n\n"u8 : []);
                BrokenAnswers.Cut(_http, error.Code);
                sent = FlushAsync(Gone);
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
        BrokenAnswers.Cut(_http, code);
    }

    /// <summary>Nothing is written from now on.</summary>
    public void Dispose()
    {
        lock (Lock)
            _isOver = true;
        _timer?.Dispose();
    }

    private void Use(IHttpResponseBodyFeature body)
    {
        _http.Features.Set(body);
        if (HasBegun)
            _output = body.Writer;
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
            Begin().Write(_isStream ? ": keep-alive\n\n"u8 : " "u8);
            _ = IgnoreAsync(FlushAsync(Gone));
            _seen = _writes;
        }
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

    private static async Task IgnoreAsync(ValueTask sent)
    {
        try
        {
            await sent;
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The client left: whoever answers it notices.
        }
    }
}
