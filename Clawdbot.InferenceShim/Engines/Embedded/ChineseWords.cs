namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>The words of Chinese answers.</summary>
internal static class ChineseWords
{
    private static readonly string[] Cells = ["左上角", "上方", "右上角", "左侧", "中央", "右侧", "左下角", "下方", "右下角"];
    private static readonly string[] BrightnessLevels = ["很暗", "偏暗", "亮度适中", "偏亮", "很亮"];
    private static readonly string[] ContrastLevels = ["几乎没有对比", "对比度低", "对比度中等", "对比度高"];

    public static string Colour(ColourName colour) => colour switch
    {
        ColourName.Black => "黑色",
        ColourName.White => "白色",
        ColourName.Grey => "灰色",
        ColourName.Red => "红色",
        ColourName.Orange => "橙色",
        ColourName.Yellow => "黄色",
        ColourName.Green => "绿色",
        ColourName.Cyan => "青色",
        ColourName.Blue => "蓝色",
        ColourName.Purple => "紫色",
        ColourName.Pink => "粉色",
        _ => "棕色",
    };

    public static string Cell(int cell) => Cells[cell];

    public static string BrightnessWord(int level) => BrightnessLevels[level];

    public static string ContrastWord(int level) => ContrastLevels[level];

    public static string Place(Placement placement) => placement switch
    {
        Placement.Top => "上部三分之一",
        Placement.MiddleRow => "中间的横带",
        Placement.Bottom => "下部三分之一",
        Placement.Left => "左边三分之一",
        Placement.MiddleColumn => "中间的竖带",
        Placement.Right => "右边三分之一",
        _ => "各处",
    };

    public static string Orientation(PictureFacts facts)
    {
        if (facts.Width == facts.Height) return "正方形";
        return facts.Width > facts.Height ? "横向" : "纵向";
    }

    public static string Shape(PictureFacts facts)
    {
        if (facts.Width == facts.Height) return "宽和高相等";
        return facts.Width > facts.Height ? "宽大于高" : "高大于宽";
    }

    /// <summary>Joins items as a sentence does: "甲", "甲和乙", "甲、乙和丙".</summary>
    public static string List(IReadOnlyList<string> items) => items.Count switch
    {
        0 => "",
        1 => items[0],
        _ => $"{string.Join("、", items.Take(items.Count - 1))}和{items[^1]}",
    };
}
