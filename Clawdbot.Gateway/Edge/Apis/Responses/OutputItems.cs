namespace Clawdbot.Gateway.Edge.Apis.Responses;

/// <summary>The output of a response as it grows: each part belongs to the last item, or begins a new one.</summary>
/// <param name="stem">What the ids of items share.</param>
internal sealed class OutputItems(string stem)
{
    private readonly List<OutputItem> _items = [];
    private int _call = -1;

    /// <summary>The items so far.</summary>
    public IReadOnlyList<OutputItem> All => _items;

    /// <summary>The last item, which is not at its end; null before the first.</summary>
    public OutputItem? Last => _items.Count > 0 ? _items[^1] : null;

    /// <summary>The output of an answer that stopped in the middle of its text.</summary>
    public static OutputItems OfText(string stem, ReadOnlySpan<byte> text)
    {
        var items = new OutputItems(stem);
        if (text.Length > 0)
            items.Add(new AnswerPart(AnswerPartKind.Text, text.ToArray()));
        return items;
    }

    /// <summary>Whether a part begins a new item.</summary>
    public bool Begins(in AnswerPart part) =>
        Last is not { } last || last.Kind != part.Kind || (part.Kind == AnswerPartKind.Call && part.Call != _call);

    /// <summary>Adds a part, and returns its item.</summary>
    public OutputItem Add(in AnswerPart part)
    {
        if (Begins(part))
            _items.Add(New(part));
        Last!.Add(part.Text.Span);
        return Last;
    }

    private OutputItem New(in AnswerPart part)
    {
        var id = $"{stem}_{_items.Count}";
        if (part.Kind != AnswerPartKind.Call)
            return new OutputItem(part.Kind, part.Kind == AnswerPartKind.Reasoning ? $"rs_{id}" : $"msg_{id}");
        _call = part.Call;
        return new OutputItem(part.Kind, $"fc_{id}")
        {
            CallId = part.CallId.Length > 0 ? part.CallId : System.Text.Encoding.ASCII.GetBytes($"call_{id}"),
            Name = part.Name,
        };
    }
}
