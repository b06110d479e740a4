using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Clawdbot.Tests.Fakes.Engines;

/// <summary>How the same answer looks on the wire; servers and the proxies before them differ in it.</summary>
public enum WireForm
{
    AsItIs,
    EveryByteByItself,
    CarriageReturns,
    Comments,
    SeveralDataLines,
    ByteOrderMark,
    Gzip,
    Brotli,
    PlainText,
    NoType,
    UnfinishedType,
    NoSpaceBehindColon,
    NoReason,
    EmptyReasons,
    ReasonInEachChunk,
    NoUsage,
    UsageInEachChunk,
    SplitCharacters,
    ContentInParts,
    MoreThanText,
}

/// <summary>Writes an answer in another form.</summary>
internal sealed class WireFormStream(HttpContext http, Stream inner, WireForm form) : Stream
{
    private Stream? _outer;
    private string _line = "";

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var isFirst = _outer is null;
        _outer ??= Begin();
        if (isFirst && form == WireForm.ByteOrderMark)
            await _outer.WriteAsync(Encoding.UTF8.GetPreamble(), cancellationToken);
        var bytes = Encoding.UTF8.GetBytes(Lines(Encoding.UTF8.GetString(buffer.Span)));
        if (form != WireForm.EveryByteByItself)
        {
            await _outer.WriteAsync(bytes, cancellationToken);
            return;
        }
        foreach (var one in bytes)
        {
            await _outer.WriteAsync(new[] { one }, cancellationToken);
            await _outer.FlushAsync(cancellationToken);
        }
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_outer is not null)
            await _outer.FlushAsync(cancellationToken);
    }

    /// <summary>Ends what is compressed.</summary>
    public async Task EndAsync()
    {
        if (_outer is not null && _outer != inner)
            await _outer.DisposeAsync();
    }

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private Stream Begin()
    {
        var headers = http.Response.Headers;
        switch (form)
        {
            case WireForm.Gzip:
                headers.ContentEncoding = "gzip";
                return new GZipStream(inner, CompressionLevel.Fastest, leaveOpen: true);
            case WireForm.Brotli:
                headers.ContentEncoding = "br";
                return new BrotliStream(inner, CompressionLevel.Fastest, leaveOpen: true);
            case WireForm.PlainText:
                headers.ContentType = "text/plain; charset=utf-8";
                break;
            case WireForm.NoType:
                headers.ContentType = default;
                break;
            case WireForm.UnfinishedType:
                headers.ContentType = $"{headers.ContentType};";
                break;
        }
        return inner;
    }

    /// <summary>Changes whole lines; the rest of a line waits for its end.</summary>
    private string Lines(string text)
    {
        var lines = (_line + text).Split('\n');
        _line = lines[^1];
        var changed = string.Concat(lines[..^1].Select(l => WireFormLine.Change(l, form, http.Connection.LocalPort) + "\n"));
        return form == WireForm.CarriageReturns ? changed.Replace("\n", "\r\n", StringComparison.Ordinal) : changed;
    }
}
