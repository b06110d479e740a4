using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Clawdbot.InferenceShim.Engines;
using Microsoft.Extensions.Configuration;

namespace Clawdbot.Tests.Rules.Configuration;

/// <summary>One section of a program's configuration.</summary>
/// <param name="Name">Its name, <c>Engine:Embedded</c>.</param>
/// <param name="Summary">What it is about.</param>
/// <param name="Settings">What it holds.</param>
internal sealed partial record SettingSection(string Name, string Summary, IReadOnlyList<Setting> Settings)
{
    /// <summary>Every section of an assembly, in alphabetical order: its option classes are those with a constant <c>Section</c>.</summary>
    public static IReadOnlyList<SettingSection> Of(Assembly assembly) =>
    [
        .. assembly.GetTypes()
            .Where(type => type.GetField("Section", BindingFlags.Public | BindingFlags.Static) is { IsLiteral: true })
            .SelectMany(type => (type.GetField("Section")!.GetRawConstantValue(), type.GetMethod("Read")) switch
            {
                (string name, { } read) => [FromRecord(type, name, read)],
                (var name, _) => FromClass(type, (string)name!),
            })
            .OrderBy(section => section.Name, StringComparer.Ordinal),
    ];

    /// <summary>A class that the binder fills, and the sections that lie within it.</summary>
    private static IEnumerable<SettingSection> FromClass(Type type, string name)
    {
        var defaults = Activator.CreateInstance(type);
        var settings = new List<Setting>();
        var nested = new List<SettingSection>();
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(IsBound))
        {
            var key = $"{name}:{property.Name}";
            var inner = Setting.Item(property.PropertyType) ?? property.PropertyType;
            if (IsOptions(inner))
                nested.AddRange(FromClass(inner, inner == property.PropertyType ? key : $"{key}:0"));
            if (!IsOptions(property.PropertyType))
            {
                settings.Add(new(
                    Setting.IsMap(property.PropertyType) ? $"{key}:<name>"
                        : Setting.Item(property.PropertyType) is null ? key : $"{key}:0",
                    property.PropertyType,
                    key == "Engine:Kind" ? Setting.OneOf(EngineKinds.Names) : Setting.Allowed(property.PropertyType, property),
                    Setting.DefaultOf(property, defaults),
                    DocComments.Summary(type, property.Name, Key(type, name))));
            }
        }
        return [new(name, About(type, name), settings), .. nested];
    }

    /// <summary>A record that reads a section by itself and says what is wrong with it; so its ranges are asked of it.</summary>
    private static SettingSection FromRecord(Type type, string name, MethodInfo read)
    {
        var defaults = Read([], out _);
        return new(name, About(type, name),
        [
            .. type.GetConstructors()[0].GetParameters().Select(p =>
            {
                Read(new() { [$"{name}:{p.Name}"] = "?" }, out var mistakes);
                var range = mistakes.Select(m => Bounds().Match(m)).Where(m => m.Success)
                    .Select(m => $"{Setting.Grouped(double.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture))} to "
                        + Setting.Grouped(double.Parse(m.Groups[2].ValueSpan, CultureInfo.InvariantCulture)))
                    .FirstOrDefault();
                var values = Setting.Item(p.ParameterType) is null ? Setting.Allowed(p.ParameterType) : "texts, separated by commas";
                return new Setting(
                    $"{name}:{p.Name}",
                    p.ParameterType,
                    range is null ? values : $"{values}, {range}",
                    Setting.Written(p.Name!, type.GetProperty(p.Name!)!.GetValue(defaults)),
                    DocComments.Summary(type, p.Name, Key(type, name)));
            }),
        ]);

        object Read(Dictionary<string, string?> configuration, out List<string> mistakes) =>
            read.Invoke(null, [new ConfigurationBuilder().AddInMemoryCollection(configuration).Build(), mistakes = []])!;
    }

    private static string About(Type type, string name) =>
        DocComments.Summary(type, null, Key(type, name)).Replace($" Section `{name}`.", "", StringComparison.Ordinal);

    private static Func<string, string> Key(Type type, string section) => name =>
        type.GetProperty(name) is { } property && IsBound(property) ? $"{section}:{name}" : name;

    /// <summary>The binder sets a property that can be set, and adds to a list that is there.</summary>
    private static bool IsBound(PropertyInfo property) =>
        property.CanWrite || (property.PropertyType.IsAssignableTo(typeof(IEnumerable)) && property.PropertyType != typeof(string));

    private static bool IsOptions(Type type) => type.IsClass && type.Namespace!.StartsWith("Clawdbot.", StringComparison.Ordinal);

    [GeneratedRegex(@"(\d+) to (\d+)")]
    private static partial Regex Bounds();
}
