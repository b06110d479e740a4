using static Clawdbot.InferenceShim.Engines.Embedded.ChineseWords;

namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>The sentences about several pictures and those without a picture.</summary>
internal sealed partial class ChinesePhrasing
{
    public override string Numbered(int number, PictureFacts facts, Dice dice)
    {
        var size = $"{facts.Width}x{facts.Height} 像素，{facts.Format}，{Orientation(facts)}";
        var shown = Percentages.Shown(facts);
        if (shown.Count == 0) return $"图片 {number}（{size}）完全透明。";
        var colours = List([.. shown.Select(one => $"{Colour(one.Colour.Colour)}（{one.Percent}%）")]);
        var light = $"{BrightnessWord(BrightnessLevel(facts.Brightness))}，{ContrastWord(ContrastLevel(facts.Contrast))}";
        return dice.Pick(
            Slot.Opening,
            $"图片 {number}（{size}）的主要颜色是{colours}；整体{light}，{KindInShort(facts.Kind)}。",
            $"图片 {number}（{size}）：颜色以{colours}为主，{light}，{KindInShort(facts.Kind)}。",
            $"图片 {number}（{size}）{KindInShort(facts.Kind)}；主要颜色是{colours}，{light}。");
    }

    public override string Comparison(IReadOnlyList<PictureFacts> pictures, int brightest, int darkest, Dice dice)
    {
        var (most, least) = (Percentages.Whole(pictures[brightest].Brightness), Percentages.Whole(pictures[darkest].Brightness));
        if (!Noticeable(pictures[brightest].Brightness - pictures[darkest].Brightness))
        {
            return pictures.Count == 2 ? "两张图片的亮度差不多。" : "这些图片的亮度都差不多。";
        }

        if (pictures.Count == 2) return $"图片 {brightest + 1} 更亮，平均亮度为 {most}%，另一张为 {least}%。";
        return dice.Pick(
            Slot.Comparison,
            $"最亮的是图片 {brightest + 1}，平均亮度为 {most}%；最暗的是图片 {darkest + 1}，为 {least}%。",
            $"平均亮度从图片 {darkest + 1} 的 {least}% 到图片 {brightest + 1} 的 {most}% 不等。");
    }

    public override string Identity(Dice dice) => dice.Pick(
        Slot.Identity,
        "这里是 Clawdbot 的内置引擎，它测量图片，不能进行对话。",
        "我是 Clawdbot 的内置引擎：我会测量图片，但不能对话。",
        "回答您的是 Clawdbot 的内置引擎，它只会测量图片，无法谈论别的内容。",
        "这条回答来自 Clawdbot 的内置引擎，它为测量图片而设，不能用来聊天。");

    public override string Quote(Quotation quote, Dice dice)
    {
        if (quote.IsEmpty) return "您的消息中没有文字。";
        if (quote.Cut)
        {
            return dice.Pick(Slot.Quote, $"您的消息开头是：“{quote.Text}……”。", $"收到的消息以“{quote.Text}……”开头。");
        }

        var stop = quote.EndsItself ? "" : "。";
        return dice.Pick(
            Slot.Quote,
            $"您写道：“{quote.Text}”{stop}",
            $"您的消息是：“{quote.Text}”{stop}",
            $"收到的内容是“{quote.Text}”{stop}",
            $"您发来的文字是“{quote.Text}”{stop}");
    }

    public override string RealModel(Dice dice) => dice.Pick(
        Slot.RealModel,
        "能够回答这个问题的真正模型在 GPU 引擎上运行。",
        "要得到像样的回答，需要有运行真正模型的 GPU 引擎。",
        "这类问题要交给真正的模型，而它在 GPU 引擎上运行。");

    public override string Missing(Dice dice) => dice.Pick(
        Slot.RealModel,
        "消息里提到了图片，但没有附上图片。",
        "这条消息没有附带图片，所以没有可以测量的内容。",
        "您提到了一张图片，可是没有收到任何图片。");

    public override string Invitation(Dice dice) => dice.Pick(
        Slot.Invitation,
        "请以 image_url 的形式发送 PNG、JPEG、WebP、GIF 或 BMP 图片，我会告诉您它的大小、颜色和明暗。",
        "想要测量图片，请在消息中加入 image_url 部分，附上 PNG、JPEG、WebP、GIF 或 BMP 文件。",
        "把图片（PNG、JPEG、WebP、GIF 或 BMP）作为 image_url 部分附在消息里，就能得到它的大小、颜色和亮度。");

    private static string KindInShort(PictureKind kind) => kind switch
    {
        PictureKind.SingleColour => "是均匀的一片",
        PictureKind.Drawing => "更像绘图而不像照片",
        PictureKind.Photograph => "更像照片而不像绘图",
        _ => "可能是绘图，也可能是照片",
    };
}
