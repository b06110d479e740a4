namespace Clawdbot.Testing.Load;

/// <summary>The questions of a load, whose answers are known: in two languages, with and without a picture.</summary>
internal sealed class QuestionBank
{
    private static readonly string[] Texts =
        ["What are you? 🦀", "你是谁？请介绍你自己。", "Please say what this engine can do for me today.", "能不能看图？🐚"];
    private static readonly string[] AboutPictures = ["Describe this picture.", "描述这张图片的内容"];

    private static readonly bool[] Streamed = [true, false];

    /// <summary>The requests of the original document; the second mentions a picture and contains none.</summary>
    private static readonly Question[] Original =
    [
        new("original-text", "", null, false, 0, null) { Form = """{"type":"text","content":"描述这张图片的内容"}""" },
        new("original-image", "", null, false, 0, null) { Form = """{"type":"image","content":"识别图片中的物体"}""" },
    ];

    private int _next;
    private readonly Random _random;
    private readonly LoadPlan _plan;
    private readonly ILookup<(bool Picture, bool Stream), Question> _questions;

    public QuestionBank(LoadPlan plan, Random random)
    {
        (_plan, _random) = (plan, random);
        All = plan.Original ? Original : Make(plan);
        _questions = All.ToLookup(q => (q.Picture is not null, q.Stream));
    }

    /// <summary>Every question that may come.</summary>
    public IReadOnlyList<Question> All { get; }

    /// <summary>Draws the next question by the plan's shares.</summary>
    public Question Next()
    {
        if (_plan.Original)
            return Original[_next++ % Original.Length];
        var (picture, stream) = (_random.NextDouble() < _plan.Pictures, _random.NextDouble() < _plan.Streaming);
        var those = _questions[(picture, stream)].ToList();
        return those[_random.Next(those.Count)];
    }

    private static Question[] Make(LoadPlan plan)
    {
        var red = Png.Write(320, 200, (210, 30, 30), (20, 90, 200));
        var green = Png.Write(640, 480, (20, 160, 60), (250, 250, 250));
        return
        [
            .. from stream in Streamed
               from text in Texts.Select((text, i) => new Question($"text-{i}-{How(stream)}", text, null, stream, i, plan.MaxTokens))
                   .Concat(AboutPictures.SelectMany((text, i) => new[] { red, green }.Select((picture, p) =>
                       new Question($"picture-{i}{p}-{How(stream)}", text, picture, stream, i, plan.MaxTokens))))
               where stream ? plan.Streaming > 0 : plan.Streaming < 1
               where text.Picture is null ? plan.Pictures < 1 : plan.Pictures > 0
               select text,
        ];
    }

    private static string How(bool stream) => stream ? "streamed" : "plain";
}
