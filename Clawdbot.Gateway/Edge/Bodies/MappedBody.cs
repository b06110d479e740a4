using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace Clawdbot.Gateway.Edge.Bodies;

/// <summary>
/// A body in a file without a name, mapped for reading, because memory had no room for it. The system drops its pages when memory is short
/// and loads them again when they are read. No other process can open the file and make it shorter than the mapping.
/// </summary>
internal sealed unsafe class MappedBody : RequestBody
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly int _length;
    private readonly ByteAllowance _spooled;

    /// <param name="file">The complete file; disposed of with this body, also when it can't be mapped.</param>
    /// <param name="length">Number of its bytes, at least 1.</param>
    /// <param name="spooled">Allowance to which the bytes are returned.</param>
    public MappedBody(FileStream file, int length, ByteAllowance spooled)
    {
        (_length, _spooled) = (length, spooled);
        _file = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        try
        {
            _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    /// <inheritdoc/>
    protected override Span<byte> All() => new(_start, _length);

    /// <inheritdoc/>
    protected override MemoryHandle Pinned(int index) => new(_start + index, pinnable: this);

    /// <inheritdoc/>
    protected override void Free()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        _spooled.Return(_length);
    }
}
