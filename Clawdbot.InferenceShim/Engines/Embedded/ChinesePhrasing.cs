using static Clawdbot.InferenceShim.Engines.Embedded.ChineseWords;

namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>Words answers in Chinese; this file has the sentences about one picture.</summary>
internal sealed partial class ChinesePhrasing : Phrasing
{
    public override string Space => "";

    public override string Opening(PictureFacts facts, Dice dice)
    {
        var size = $"{facts.Width}x{facts.Height} 像素";
        return dice.Pick(
            Slot.Opening,
            $"这张图片的尺寸是 {size}，{Orientation(facts)}，{facts.Format} 格式。",
            $"图片大小为 {size}，{Shape(facts)}，是一个 {facts.Format} 文件。",
            $"我量到的是一张 {size}的 {facts.Format} 图片，{Shape(facts)}。",
            $"您的图片是 {facts.Format} 格式，{Orientation(facts)}，大小为 {size}。");
    }

    public override string Colours(PictureFacts facts, Dice dice)
    {
        var shown = Percentages.Shown(facts);
        if (shown.Count == 0) return "它完全透明，没有颜色可以测量。";
        var (colour, percent) = (Colour(shown[0].Colour.Colour), shown[0].Percent);
        if (shown.Count == 1) return OneColour(colour, percent, dice);
        var others = List([.. shown.Skip(1).Select(other => $"{Colour(other.Colour.Colour)}（{other.Percent}%）")]);
        return dice.Pick(
            Slot.Colours,
            $"主要颜色是{colour}，占面积的 {percent}%，其次是{others}。",
            $"面积最大的颜色是{colour}（{percent}%），然后是{others}。",
            $"按面积计算，{string.Join("，", shown.Select(one => $"{Colour(one.Colour.Colour)}占 {one.Percent}%"))}。",
            $"{colour}最多，占 {percent}%，接着是{others}。");
    }

    public override string Placement(PictureFacts facts, Dice dice)
    {
        var placed = Percentages.Placed(facts).Select(one => (Name: Colour(one.Colour), Place: Place(one.Placement))).ToList();
        var (name, place) = placed[0];
        if (placed.Count == 1)
        {
            return dice.Pick(
                Slot.Placement,
                $"{name}大部分位于画面{place}。",
                $"{name}主要集中在{place}。",
                $"从位置来看，{name}多半在{place}。");
        }

        var (second, secondPlace) = placed[1];
        if (place == secondPlace)
        {
            return dice.Pick(
                Slot.Placement,
                $"{name}和{second}都主要集中在{place}。",
                $"{name}与{second}大部分都位于画面{place}。");
        }

        return dice.Pick(
            Slot.Placement,
            $"{name}大部分位于画面{place}，{second}则在{secondPlace}。",
            $"{name}主要集中在{place}，{second}主要集中在{secondPlace}。",
            $"从位置来看，{name}多半在{place}，{second}多半在{secondPlace}。");
    }

    public override string Brightness(PictureFacts facts, Dice dice)
    {
        var percent = Percentages.Whole(facts.Brightness);
        var (light, contrast) = (BrightnessWord(BrightnessLevel(facts.Brightness)), ContrastWord(ContrastLevel(facts.Contrast)));
        return dice.Pick(
            Slot.Brightness,
            $"画面整体{light}，平均亮度为 {percent}%，{contrast}。",
            $"平均亮度是 {percent}%，{light}，{contrast}。",
            $"若以黑为 0%、白为 100%，它的平均亮度是 {percent}%，{contrast}。");
    }

    public override string Light(PictureFacts facts, Dice dice)
    {
        if (!Noticeable(facts.CellRange))
        {
            return dice.Pick(Slot.Light, "明暗分布均匀，没有哪一处明显更亮。", "各处明暗相近，没有明显的亮处或暗处。");
        }

        var (lightest, darkest) = (Cell(facts.LightestCell), Cell(facts.DarkestCell));
        return dice.Pick(
            Slot.Light,
            $"最亮的部分在{lightest}，最暗的部分在{darkest}。",
            $"亮处集中在{lightest}，暗处集中在{darkest}。",
            $"{darkest}最暗，{lightest}最亮。");
    }

    public override string Kind(PictureFacts facts, Dice dice)
    {
        var share = Percentages.Whole(facts.EqualNeighbours);
        var equal = share == 0 ? "几乎没有像素与相邻像素相同" : $"有 {share}% 的像素与相邻像素相同";
        var few = facts.EqualNeighbours >= 0.55 ? equal : $"只有 {facts.DistinctColours} 种不同的颜色";
        var little = share == 0 ? equal : $"只{equal}";
        return facts.Kind switch
        {
            PictureKind.SingleColour => dice.Pick(Slot.Kind, "画面是均匀的一片，没有细节。", "其中看不到任何细节，只有均匀的一片颜色。"),
            PictureKind.Drawing => dice.Pick(
                Slot.Kind,
                $"它更像绘图或截图，而不像照片：{few}。",
                $"由于{few}，它更可能是画出来的，而不是拍摄的。",
                $"平整的色块说明它多半是绘图：{few}。"),
            PictureKind.Photograph => dice.Pick(
                Slot.Kind,
                $"它更像照片，而不像绘图：{little}。",
                $"由于{little}，它更可能是拍摄的，而不是画出来的。",
                $"细微的变化说明它多半是照片：{little}。"),
            _ => dice.Pick(
                Slot.Kind,
                $"它是绘图还是照片难以判断：{equal}。",
                $"它可能是绘图，也可能是照片：{equal}。"),
        };
    }

    public override string Transparency(PictureFacts facts, Dice dice)
    {
        var share = Percentages.Whole(facts.TransparentShare);
        return dice.Pick(
            Slot.Transparency,
            $"大约 {share}% 的面积是透明的，颜色的比例只针对其余部分。",
            $"颜色只在可见部分测量，因为大约 {share}% 是透明的。");
    }

    public override string Limit(Topic topic, Dice dice) => topic == Topic.Writing
        ? dice.Pick(Slot.Limit, "我读不出其中的文字，因为我只测量像素。", "您问到文字，但我只测量像素，不会阅读。")
        : dice.Pick(
            Slot.Limit,
            "我说不出其中有哪些物体，因为我只测量像素，不识别物体。",
            "您想知道图中有什么：我只测量像素，不识别物体，所以无法回答。");

    public override string Closing(Topic topic, Dice dice) => topic == Topic.Description
        ? dice.Pick(
            Slot.Closing,
            "我是 Clawdbot 的内置引擎，只测量像素，不识别物体。",
            "至于画的是什么，我无法回答：这个内置引擎只做测量，不识别物体。",
            "以上是 Clawdbot 内置引擎的测量结果，它不识别物体。")
        : dice.Pick(
            Slot.Closing,
            "这需要在 GPU 引擎上运行的完整模型，而我只是 Clawdbot 的内置引擎。",
            "请在运行完整模型的 GPU 引擎可用时再问；这里是 Clawdbot 的内置引擎。");

    private static string OneColour(string colour, int percent, Dice dice) => dice.Pick(
        Slot.Colours,
        $"主要颜色是{colour}，占面积的 {percent}%。",
        $"{colour}占了 {percent}% 的面积。",
        $"按面积计算，{colour}占 {percent}%。");
}
