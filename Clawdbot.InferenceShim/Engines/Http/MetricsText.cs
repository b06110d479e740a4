using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>Numbers that an engine tells in Prometheus's text format.</summary>
internal sealed class MetricsText
{
    /// <summary>Largest text in bytes; hundreds of series take some 100 KB.</summary>
    private const int MostBytes = 16 << 20;

    private readonly List<Sample> _samples = [];

    public MetricsText(string text)
    {
        text = Unquoted(text);
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.Length > 0 && line[0] != '#' && Parse(line) is { } sample)
                _samples.Add(sample);
        }
    }

    /// <summary>The text itself, where it comes as a JSON string: builds of llama.cpp's server of November 2025 quote it.</summary>
    private static string Unquoted(string text)
    {
        if (!text.StartsWith('"'))
            return text;
        try
        {
            using var quoted = JsonDocument.Parse(text);
            return quoted.RootElement.GetString()!;
        }
        catch (JsonException)
        {
            return text;
        }
    }

    /// <summary>Asks an engine for its numbers.</summary>
    /// <exception cref="EngineFailureException">The engine does not tell them.</exception>
    public static async Task<MetricsText> ReadAsync(EngineConnection engine, string path, CancellationToken cancellation)
    {
        using var response = await engine.SendAsync(HttpMethod.Get, path, null, cancellation);
        if (!response.IsSuccessStatusCode)
            throw new EngineFailureException("engine_failed", $"The engine answers {path} with {(int)response.StatusCode}.");
        try
        {
            await using var stream = await EngineContent.OpenAsync(response, cancellation);
            var text = await EngineContent.ReadAsync(stream, MostBytes, cancellation)
                ?? throw new InvalidDataException($"they are more than {MostBytes} bytes.");
            return new MetricsText(Encoding.UTF8.GetString(text));
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException or InvalidDataException)
        {
            throw new EngineFailureException("engine_failed", $"The engine does not tell its numbers: {fault.Message}", fault);
        }
    }

    /// <summary>The sum of all series with exactly this name; null when there is none.</summary>
    /// <param name="name">The whole name: some names are the beginning of others.</param>
    /// <param name="label">Only series with this label, such as <c>reason="capacity"</c>.</param>
    public double? Sum(string name, string label = "") => Of(name, label) is { Count: > 0 } found ? found.Sum() : null;

    /// <summary>The largest of all series with exactly this name; null when there is none.</summary>
    public double? Max(string name) => Of(name, "") is { Count: > 0 } found ? found.Max() : null;

    private List<double> Of(string name, string label) =>
    [
        .. _samples
            .Where(s => s.Name == name && (label.Length == 0 || $",{s.Labels},".Contains($",{label},", StringComparison.Ordinal)))
            .Select(s => s.Value),
    ];

    private static Sample? Parse(ReadOnlySpan<char> line)
    {
        var brace = line.IndexOf('{');
        var nameEnd = brace >= 0 ? brace : line.IndexOfAny(' ', '\t');
        if (nameEnd <= 0)
            return null;
        var labelsEnd = brace >= 0 ? EndOfLabels(line, brace) : nameEnd;
        if (labelsEnd < 0)
            return null;
        var labels = brace >= 0 ? line[(brace + 1)..labelsEnd] : [];
        var value = line[(brace >= 0 ? labelsEnd + 1 : labelsEnd)..].Trim();
        var valueEnd = value.IndexOfAny(' ', '\t'); // a timestamp may follow
        var digits = valueEnd < 0 ? value : value[..valueEnd];
        return double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? new Sample(line[..nameEnd].ToString(), labels.ToString(), number)
            : null;
    }

    /// <summary>The index of the closing brace outside of quotes; -1 when there is none.</summary>
    private static int EndOfLabels(ReadOnlySpan<char> line, int from)
    {
        var isQuoted = false;
        for (var i = from; i < line.Length; i++)
        {
            if (isQuoted && line[i] == '\\')
                i++;
            else if (line[i] == '"')
                isQuoted = !isQuoted;
            else if (!isQuoted && line[i] == '}')
                return i;
        }
        return -1;
    }

    private sealed record Sample(string Name, string Labels, double Value);
}
