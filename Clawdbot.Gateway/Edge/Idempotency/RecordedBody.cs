using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Clawdbot.Gateway.Edge.Idempotency;

/// <summary>A response's body whose bytes are also written to a <see cref="Recording"/>.</summary>
internal sealed class RecordedBody : IHttpResponseBodyFeature
{
    private readonly IHttpResponseBodyFeature _body;

    public RecordedBody(IHttpResponseBodyFeature body, HttpResponse response, Recording recording)
    {
        _body = body;
        Writer = new RecordingWriter(body.Writer, response, recording);
        Stream = Writer.AsStream(leaveOpen: true);
    }

    /// <inheritdoc/>
    public Stream Stream { get; }

    /// <inheritdoc/>
    public PipeWriter Writer { get; }

    /// <inheritdoc/>
    public void DisableBuffering() => _body.DisableBuffering();

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken = default) => _body.StartAsync(cancellationToken);

    /// <inheritdoc/>
    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("No answer is a file.");

    /// <inheritdoc/>
    public Task CompleteAsync() => _body.CompleteAsync();

    /// <summary>Writes to the client and to the recording.</summary>
    private sealed class RecordingWriter(PipeWriter client, HttpResponse response, Recording recording) : PipeWriter
    {
        private Memory<byte> _room;
        private bool _began;

        public override bool CanGetUnflushedBytes => client.CanGetUnflushedBytes;

        public override long UnflushedBytes => client.UnflushedBytes;

        public override Memory<byte> GetMemory(int sizeHint = 0)
        {
            if (!_began)
            {
                _began = true;
                recording.Begin(AnswerHead.Of(response));
            }
            return _room = client.GetMemory(sizeHint);
        }

        public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public override void Advance(int bytes)
        {
            recording.Append(_room.Span[..bytes]);
            _room = _room[bytes..];
            client.Advance(bytes);
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            recording.Signal();
            return client.FlushAsync(cancellationToken);
        }

        public override void CancelPendingFlush() => client.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => client.Complete(exception);
    }
}
