using System.Buffers;
using System.IO.Pipelines;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.ServiceDefaults;
using Microsoft.AspNetCore.Http.Features;

namespace Clawdbot.Gateway.Edge.Apis.Responses.Background;

/// <summary>
/// Takes the events of a response in place of a client, and keeps them. No client is shown an event before it is kept: whoever takes the
/// response over goes on behind the last one that is.
/// </summary>
/// <param name="request">The request.</param>
/// <param name="next">Number of the next chunk.</param>
/// <param name="store">Keeps the chunks.</param>
/// <param name="time">The clock.</param>
internal sealed class EventLog(BackgroundRequest request, int next, BackgroundStore store, TimeProvider time) : IHttpResponseBodyFeature
{
    /// <summary>Events that come within this time of each other are kept together.</summary>
    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(30);

    /// <summary>Bytes that wait to be kept from which on the answer waits too.</summary>
    private const int MostWaiting = 1 << 20;

    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _waiting = new(4096);
    private readonly List<int> _ids = [];
    private readonly ChangeSignal _written = new();
    private ResponseState? _state;
    private ResponseProgress? _progress;
    private LogWriter? _writer;
    private int _knownIds;
    private bool _isOver;

    /// <summary>Number of the next chunk.</summary>
    public int Next { get; private set; } = next;

    /// <summary>Raised when events were kept.</summary>
    public ChangeSignal Kept { get; } = new();

    /// <summary>Whether another gateway makes the response now.</summary>
    public bool IsTakenOver { get; private set; }

    /// <inheritdoc/>
    public Stream Stream => Writer.AsStream(leaveOpen: true);

    /// <inheritdoc/>
    public PipeWriter Writer => _writer ??= new LogWriter(this);

    /// <summary>Begins to follow an answer.</summary>
    /// <param name="state">The answer.</param>
    /// <param name="knownIds">Number of its token ids that are kept.</param>
    public void Follow(ResponseState state, int knownIds) => (_state, _knownIds, _progress) = (state, knownIds, state.Progress(knownIds));

    /// <summary>Keeps what comes until the end, or until another gateway has taken the response over.</summary>
    public async Task RunAsync()
    {
        while (true)
        {
            var written = _written.Next;
            if (Take() is not { } chunk)
            {
                if (_isOver)
                    return;
                await written;
                await Task.Delay(Together, time);
                continue;
            }
            if (!await store.AddAsync(request, Next, chunk))
            {
                IsTakenOver = true;
                Kept.Raise();
                return;
            }
            Next++;
            Kept.Raise();
        }
    }

    /// <summary>Nothing more comes.</summary>
    public void End()
    {
        _isOver = true;
        _written.Raise();
    }

    /// <inheritdoc/>
    public void DisableBuffering()
    {
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("No answer is a file.");

    /// <inheritdoc/>
    public Task CompleteAsync() => Task.CompletedTask;

    private EventChunk? Take()
    {
        lock (_lock)
        {
            if (_waiting.WrittenCount == 0)
                return null;
            var events = _waiting.WrittenSpan.ToArray();
            var chunk = new EventChunk(_progress! with { Ids = [.. _ids] }, EventChunk.IsEnd(events)) { Events = events };
            _waiting.ResetWrittenCount();
            _ids.Clear();
            return chunk;
        }
    }

    /// <summary>Called by who writes the answer, so that what was generated is what was written.</summary>
    private async ValueTask<FlushResult> FlushAsync(ArrayBufferWriter<byte> written)
    {
        bool waits;
        lock (_lock)
        {
            _progress = _state!.Progress(_knownIds);
            _ids.AddRange(_progress.Ids);
            _knownIds += _progress.Ids.Count;
            _waiting.Write(written.WrittenSpan);
            waits = _waiting.WrittenCount > MostWaiting;
        }
        written.ResetWrittenCount();
        var kept = Kept.Next;
        _written.Raise();
        if (waits && !IsTakenOver)
            await kept;
        return new FlushResult(isCanceled: false, isCompleted: false);
    }

    private sealed class LogWriter(EventLog log) : PipeWriter
    {
        private readonly ArrayBufferWriter<byte> _bytes = new(1024);

        public override void Advance(int bytes) => _bytes.Advance(bytes);

        public override Memory<byte> GetMemory(int sizeHint = 0) => _bytes.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => _bytes.GetSpan(sizeHint);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => log.FlushAsync(_bytes);

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
