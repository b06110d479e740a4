using System.Globalization;

namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>
/// The pieces of the tokenizer beyond single bytes: the words the answers are made of, and some that are frequent in
/// questions. Some of the most frequent Chinese characters are left out on purpose: they become three tokens each, so that
/// every Chinese answer is cut inside of characters, and whoever reads token by token has to cope with it.
/// </summary>
/// <remarks>The order gives the ids. Changing anything changes the fingerprint, and with it who may continue whose answer.</remarks>
internal static class Vocabulary
{
    // Each is a piece with a space before it.
    private const string Words = """
        is the pixels a of and with engine contrast it picture I in embedded Picture The Clawdbot than drawn photographed not mean
        objects recognise brightness area measure cannot or medium at rather are high file its darkest colours part one GIF GPU
        model bright JPEG looks am black white measures dark to on be do as low landscape neighbours equal their full does shown It
        measured left right BMP colour from third square very PNG takes this by main even only what format because most You
        photograph top What bottom lightest which mostly about Your grey pink purple yellow red brown cyan could blue orange green
        portrait message transparent drawing tall Its read running size pictures an image_url was These measurements That This
        arrived Ask again when asked say On scale Overall but any there that wide band middle brighter against Light so
        dominant more By gathers while were text no found mainly shows hardly Most like have finds largest share ahead rest runs
        next detail common followed lies hold conversation written Since likely tell name for visible since Mean About shares
        refer centre answer come brightest lower came vertical down horizontal across upper Whether unclear Looking Attach get To
        add Send will light No wider all real There just without different fine variation suggests flat areas suggest reached talk
        anything else exactly screenshot comes made converse clearly lighter speaks One nothing wrote engines words A
        mentioned yet none sent along completely fills taller Both darker spread evenly another Questions held you image For
        proper has begins can equally Brown Blue Red Grey Cyan lie Orange Green Pink Black Yellow White Purple pixel equals All
        them please describe show me how many much who where why your his her they we our been had some such over into out up now
        new old good great first last day time year people man woman child house car tree sky sea water city street room table
        chair food animal dog cat bird color colors photo word number question list write make use give take find look think know
        want need same small big long short front behind between under above near far details object WebP
        """;

    // Pieces without a space before them: beginnings of sentences, endings of words.
    private const string Plain = """
        About All Ask Attach BMP Black Blue Both Brown By Cyan For GIF Green Grey It Its JPEG Light Looking Mean Most No On One
        Orange Overall PNG Picture Pink Purple Questions Red Send Since That The There These This To What Whether White Yellow You
        Your able bright dark ed er es ing ly medium ment ness of tion very WebP
        """;

    private const string Chinese = """
        图片 这张图片 您的图片 像素 尺寸 大小 格式 文件 横向 纵向 正方形 宽大于高 高大于宽 颜色 主要颜色 面积 占面积 其次 然后 接着
        按面积计算 最多 黑色 白色 灰色 红色 橙色 黄色 绿色 青色 蓝色 紫色 粉色 棕色 画面 大部分位于 主要集中 位置 从位置来看 多半 上部
        下部 左边 右边 三分之一 中间 横带 竖带 整体 平均亮度 平均 亮度 很暗 偏暗 适中 偏亮 很亮 对比度 对比 高 低 中等 几乎没有 最亮
        最暗 部分 左上角 上方 右上角 左侧 中央 右侧 左下角 下方 右下角 亮处 暗处 集中 明暗 分布 均匀 明显 没有 哪一处 各处 相近 更像
        绘图 截图 照片 而不像 由于 相邻像素 不同 只有 更可能 拍摄 画出来 而不是 说明 变化 细节 任何 可能 也可能 难以判断 透明 完全 大约
        比例 只针对 其余 可见 测量 因为 识别 物体 不识别 我只测量像素 引擎 内置引擎 模型 完整 运行 真正 回答 无法回答 以上 结果 需要
        这里 消息 文字 您写道 内容 收到 问题 这类 对话 不能 进行 发送 形式 附上 附带 加入 就能 得到 告诉 提到 可是 两张 更亮 另一张 我
        您 和 为 与 或 不 只 这 那 有 了 会 要 请 什么 怎么 描述 今天 你好 谢谢 占 最 一张 一片 一个 相同 中 到 同 个 主 问 而 其中 可
        用 上 于 若 黑 白 张 出 时 再 等 至于 画 做 读 量到 想 所以 来 大 里 多 部 些 说 哪 宽 知道 还是 把 作为 附 细微 看 种 自 聊天
        平整 色块 无法 谈论 别 样 则 都 像 开头 能够 交给 差不多 写着
        """;

    private static readonly string[] Punctuation =
    [
        "%)", "%),", "%).", "%;", "%,", "%.", "%);", "):", " (", ").", "),", "”.", "“", " “", "…”", "'s", "...", "```",
        "**", "- ", "，", "。", "、", "：", "；", "（", "）", "”。", "%）", "%，", "%。", "%、", "……", " 像素", "？", "！",
    ];

    private static readonly string[] Phrases =
    [
        " of the", " in the", " at the", " on the", " of it", " it is", " and the", " of the area",
        " of the pixels", " do not",
    ];

    /// <summary>All pieces, each once, of two bytes or more.</summary>
    public static IReadOnlyList<string> Pieces { get; } =
    [
        .. Split(Words).Select(word => " " + word),
        .. Phrases,
        .. Split(Plain),
        .. Split(Chinese),
        .. Punctuation,
        .. Numbers(10, 99, "{0}"),
        .. Numbers(1, 99, " {0}"),
        .. Numbers(0, 100, " {0}%"),
    ];

    private static string[] Split(string words) => words.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> Numbers(int from, int to, string format) =>
        Enumerable.Range(from, to - from + 1).Select(number => string.Format(CultureInfo.InvariantCulture, format, number));
}
