namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>The words of English answers.</summary>
internal static class EnglishWords
{
    private static readonly string[] Cells =
    [
        "at the top left", "at the top", "at the top right",
        "on the left", "in the centre", "on the right",
        "at the bottom left", "at the bottom", "at the bottom right",
    ];

    private static readonly string[] BrightnessLevels = ["very dark", "dark", "of medium brightness", "bright", "very bright"];
    private static readonly string[] ShortBrightnessLevels = ["very dark", "dark", "medium", "bright", "very bright"];
    private static readonly string[] ContrastLevels = ["hardly any contrast", "low contrast", "medium contrast", "high contrast"];

    public static string Colour(ColourName colour) => colour.ToString().ToLowerInvariant();

    public static string Cell(int cell) => Cells[cell];

    public static string BrightnessWord(int level) => BrightnessLevels[level];

    public static string BrightnessInShort(int level) => ShortBrightnessLevels[level];

    public static string ContrastWord(int level) => ContrastLevels[level];

    public static string Place(Placement placement) => placement switch
    {
        Placement.Top => "the upper third",
        Placement.MiddleRow => "the horizontal band across the middle",
        Placement.Bottom => "the lower third",
        Placement.Left => "the left third",
        Placement.MiddleColumn => "the vertical band down the middle",
        Placement.Right => "the right third",
        _ => "all parts",
    };

    public static string Orientation(PictureFacts facts)
    {
        if (facts.Width == facts.Height) return "square";
        return facts.Width > facts.Height ? "landscape" : "portrait";
    }

    public static string Shape(PictureFacts facts)
    {
        if (facts.Width == facts.Height) return "exactly as wide as it is tall";
        return facts.Width > facts.Height ? "wider than it is tall" : "taller than it is wide";
    }

    /// <summary>Joins items as a sentence does: "a", "a and b", "a, b and c".</summary>
    public static string List(IReadOnlyList<string> items) => items.Count switch
    {
        0 => "",
        1 => items[0],
        _ => $"{string.Join(", ", items.Take(items.Count - 1))} and {items[^1]}",
    };

    public static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
