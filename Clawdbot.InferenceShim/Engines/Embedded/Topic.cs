using System.Collections.Frozen;

namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>What a question wants to know, as far as the answer depends on it.</summary>
internal enum Topic
{
    /// <summary>A description, or something that is not understood.</summary>
    Description,

    /// <summary>Which things or people are in the picture, which cannot be measured.</summary>
    Objects,

    /// <summary>What is written in the picture, which cannot be measured either.</summary>
    Writing,
}

/// <summary>Finds the topic of a question by its words. A miss costs only one sentence that would have fitted better.</summary>
internal static class TopicOf
{
    // The instruction stands at the beginning, so a long pasted text is not searched to its end.
    private const int SearchedCharacters = 2000;

    private static readonly FrozenSet<string> PictureWords = Words(
        "image images picture pictures photo photos photograph photographs pic pics screenshot screenshots");

    private static readonly FrozenSet<string> ObjectWords = Words(
        "object objects things person people animal animals who see count identify detect classify " +
        "recognise recognize recognised recognized");

    private static readonly FrozenSet<string> WritingWords = Words("read ocr text written writing transcribe says words letters");

    private static readonly string[] ObjectPhrases =
        ["what is in", "what's in", "what is this", "what's this", "what is that", "what is shown", "what does", "how many"];

    private static readonly string[] ChinesePicture = ["图片", "图像", "照片", "图中", "图里", "这张图", "这幅图", "这个图", "截图", "相片", "画面"];
    private static readonly string[] ChineseObjects = ["识别", "物体", "东西", "物品", "谁", "人物", "动物", "几个", "多少", "看到", "内容是什么"];
    private static readonly string[] ChineseWhat = ["有什么", "有哪些", "是什么"];
    private static readonly string[] ChineseMeasures = ["颜色", "色", "尺寸", "大小", "亮度", "分辨率", "像素", "格式"];
    private static readonly string[] ChineseWriting = ["文字", "写着", "写了", "读出", "字样"];

    /// <summary>Whether the text speaks of a picture.</summary>
    public static bool SpeaksOfPicture(string text)
    {
        var start = Start(text);
        return Any(start, ChinesePicture) || HasWord(start, PictureWords);
    }

    /// <summary>The topic of a question about a picture.</summary>
    public static Topic Find(string text)
    {
        var start = Start(text);
        if (Any(start, ChineseWriting) || HasWord(start, WritingWords)) return Topic.Writing;
        if (Any(start, ChineseObjects) || Any(start, ObjectPhrases) || HasWord(start, ObjectWords)) return Topic.Objects;
        return Any(start, ChineseWhat) && !Any(start, ChineseMeasures) ? Topic.Objects : Topic.Description;
    }

    private static string Start(string text) => text[..Math.Min(text.Length, SearchedCharacters)];

    private static bool Any(string text, string[] phrases) =>
        phrases.Any(phrase => text.Contains(phrase, StringComparison.OrdinalIgnoreCase));

    private static bool HasWord(string text, FrozenSet<string> words)
    {
        var lookup = words.GetAlternateLookup<ReadOnlySpan<char>>();
        var from = 0;
        for (var at = 0; at <= text.Length; at++)
        {
            if (at < text.Length && char.IsAsciiLetter(text[at])) continue;
            if (at > from && lookup.Contains(text.AsSpan(from..at))) return true;
            from = at + 1;
        }

        return false;
    }

    private static FrozenSet<string> Words(string words) => words.Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
