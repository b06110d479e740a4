using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace Clawdbot.Drill.Report;

/// <summary>A drawing area with two axes, written as SVG. Colours are classes of the page's style sheet.</summary>
internal sealed class Svg
{
    private const double Width = 720;
    private const double Height = 180;
    private const double Left = 64;
    private const double Right = 8;
    private const double Top = 18;
    private const double Bottom = 22;

    private readonly StringBuilder _inside = new();
    private readonly Axis _x;
    private readonly Axis _y;
    private readonly string _title;

    /// <param name="title">What it shows, for those who can't see it.</param>
    /// <param name="x">The horizontal axis.</param>
    /// <param name="y">The vertical axis.</param>
    public Svg(string title, Axis x, Axis y)
    {
        (_title, _x, _y) = (title, x, y);
        foreach (var (value, label) in y.Ticks)
        {
            Add($"<line class='grid' x1='{Left}' x2='{Width - Right}' y1='{Y(value):0.#}' y2='{Y(value):0.#}'/>");
            Add($"<text x='{Left - 6}' y='{Y(value) + 3.5:0.#}' text-anchor='end'>{label}</text>");
        }
        foreach (var (value, label) in x.Ticks)
            Add($"<text x='{X(value):0.#}' y='{Height - 6}' text-anchor='middle'>{label}</text>");
    }

    /// <summary>A bar from <paramref name="from"/> to <paramref name="to"/> in the units of the axes.</summary>
    public void Bar(double left, double right, double from, double to, string style)
    {
        if (to > from)
        {
            var (width, height) = (Math.Max(0.4, X(right) - X(left) - 0.4), Y(from) - Y(to));
            Add($"<rect class='{style}' x='{X(left):0.##}' y='{Y(to):0.##}' width='{width:0.##}' height='{height:0.##}'/>");
        }
    }

    /// <summary>A line through points; it is interrupted where there is no value.</summary>
    public void Line(IEnumerable<(double X, double Y)> points, string style)
    {
        var path = new StringBuilder();
        var isDown = false;
        foreach (var (x, y) in points)
        {
            if (!double.IsNaN(y))
                path.Append(CultureInfo.InvariantCulture, $"{(isDown ? 'L' : 'M')}{X(x):0.#} {Y(y):0.#}");
            isDown = !double.IsNaN(y);
        }
        Add($"<path class='{style}' d='{path}'/>");
    }

    /// <summary>A small mark above the drawing, with a word that shows under the pointer.</summary>
    public void Mark(double x, string word) =>
        Add($"<path class='mark' d='M{X(x):0.#} {Top - 3}l-3.5 -8h7z'><title>{Encode(word)}</title></path>");

    /// <summary>A line across, with words at its end.</summary>
    public void Upright(double x, string words)
    {
        Add($"<line class='upright' x1='{X(x):0.#}' x2='{X(x):0.#}' y1='{Top}' y2='{Height - Bottom}'/>");
        Add($"<text x='{X(x) + 3:0.#}' y='{Top - 5}'>{Encode(words)}</text>");
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"<svg role='img' viewBox='0 0 {Width} {Height}'><title>{Encode(_title)}</title>{_inside}</svg>");

    /// <summary>Encodes text for use between tags and in attributes.</summary>
    public static string Encode(string text) => HtmlEncoder.Default.Encode(text);

    private double X(double value) => Left + (_x.Place(value) * (Width - Left - Right));

    private double Y(double value) => Height - Bottom - (_y.Place(value) * (Height - Top - Bottom));

    private void Add(FormattableString element) => _inside.Append(element.ToString(CultureInfo.InvariantCulture));
}
