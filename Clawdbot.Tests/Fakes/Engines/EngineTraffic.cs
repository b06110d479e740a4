using System.Net;
using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.Tests.Fakes.Engines;

/// <summary>Counts the calls that a shim has open to its engine: from the request until its answer was read or given up.</summary>
internal sealed class EngineTraffic() : DelegatingHandler(EngineConnection.Sockets())
{
    private int _open;

    /// <summary>Calls that are under way.</summary>
    public int Open => Volatile.Read(ref _open);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _open);
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            response.Content = new Counted(response.Content, () => Interlocked.Decrement(ref _open));
            return response;
        }
        catch
        {
            Interlocked.Decrement(ref _open);
            throw;
        }
    }

    /// <summary>Says when it is disposed of.</summary>
    private sealed class Counted : HttpContent
    {
        private readonly HttpContent _content;
        private Action? _over;

        public Counted(HttpContent content, Action over)
        {
            (_content, _over) = (content, over);
            foreach (var (name, values) in content.Headers)
                Headers.TryAddWithoutValidation(name, values);
        }

        protected override Task<Stream> CreateContentReadStreamAsync() => _content.ReadAsStreamAsync();

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _content.CopyToAsync(stream, context);

        protected override bool TryComputeLength(out long length)
        {
            length = _content.Headers.ContentLength ?? 0;
            return _content.Headers.ContentLength is not null;
        }

        protected override void Dispose(bool disposing)
        {
            _content.Dispose();
            Interlocked.Exchange(ref _over, null)?.Invoke();
            base.Dispose(disposing);
        }
    }
}
