using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace Clawdbot.Gateway.Edge.Bodies;

/// <summary>
/// A body for which memory had no room: a file that has no name any more, mapped to be read. Its pages are the system's, which takes them
/// back when memory is short and brings them again when they are read. Nobody else has the file, so nobody can
/// make it shorter than the mapping.
/// </summary>
internal sealed unsafe class MappedBody : RequestBody
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly int _length;
    private readonly ByteAllowance _spooled;

    /// <param name="file">All of it is written; disposed of with this, also when it can't be mapped.</param>
    /// <param name="length">Bytes in it, at least one.</param>
    /// <param name="spooled">They go back there.</param>
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
