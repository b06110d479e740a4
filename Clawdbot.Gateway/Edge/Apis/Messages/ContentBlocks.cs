using System.Text;

namespace Clawdbot.Gateway.Edge.Apis.Messages;

/// <summary>The content of an answer as it grows.</summary>
/// <param name="stem">What the ids of calls begin with to which the engine gave none.</param>
internal sealed class ContentBlocks(string stem)
{
    private readonly List<ContentBlock> _blocks = [];

    /// <summary>The blocks so far.</summary>
    public IReadOnlyList<ContentBlock> All => _blocks;

    /// <summary>Whether the model calls a function.</summary>
    public bool HasCalls => _blocks.Exists(b => b.Kind == AnswerPartKind.Call);

    /// <summary>Whether the model refuses in words of their own kind.</summary>
    public bool HasRefusal => _blocks.Exists(b => b.Kind == AnswerPartKind.Refusal);

    /// <summary>
    /// The position of the block to which a part belongs; a new one where it belongs to none. Text and thoughts belong to the last block
    /// if it is of their kind; arguments belong to their call, whatever came since.
    /// </summary>
    public int Of(in AnswerPart part)
    {
        var (kind, call) = (part.Kind, part.Call);
        var at = kind == AnswerPartKind.Call
            ? _blocks.FindLastIndex(b => b.Kind == kind && b.Call == call)
            : _blocks is [.., var last] && last.Kind == kind ? _blocks.Count - 1 : -1;
        if (at >= 0)
            return at;
        _blocks.Add(new ContentBlock(kind)
        {
            Call = call,
            CallId = part.CallId.Length > 0 ? part.CallId : Encoding.ASCII.GetBytes($"toolu_{stem}_{_blocks.Count}"),
            Name = part.Name,
        });
        return _blocks.Count - 1;
    }
}
