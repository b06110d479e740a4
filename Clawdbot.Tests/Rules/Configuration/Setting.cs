using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace Clawdbot.Tests.Rules.Configuration;

/// <summary>One setting of a program.</summary>
/// <param name="Key">Its name in the configuration, <c>Failover:TotalSeconds</c>.</param>
/// <param name="Type">Type of the property.</param>
/// <param name="Values">What it may be: its type and range.</param>
/// <param name="Default">Its default.</param>
/// <param name="Summary">What it is.</param>
internal sealed record Setting(string Key, Type Type, string Values, string Default, string Summary)
{
    /// <summary>The enum that it takes its values from; null where it is no enum.</summary>
    public Type? Enum => Bare(Type) is { IsEnum: true } type ? type : null;

    /// <summary>A type without its <c>?</c>.</summary>
    public static Type Bare(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    /// <summary>Type of a list's items; null for what is no list.</summary>
    public static Type? Item(Type type) =>
        type.IsGenericType && type.IsAssignableTo(typeof(IEnumerable)) ? type.GetGenericArguments()[0] : null;

    /// <summary>Whether it holds values by name.</summary>
    public static bool IsMap(Type type) => type.IsAssignableTo(typeof(IDictionary));

    /// <summary>Words for a type and what its annotations allow.</summary>
    public static string Allowed(Type type, MemberInfo? annotated = null)
    {
        var words = Bare(type) switch
        {
            var t when t == typeof(bool) => "true or false",
            var t when t == typeof(int) || t == typeof(long) => "whole number",
            var t when t == typeof(double) => "number",
            var t when t == typeof(string) => annotated?.IsDefined(typeof(RequiredAttribute)) == true ? "text, not empty" : "text",
            { IsEnum: true } t => OneOf(t.GetEnumNames()),
            var t when IsMap(t) => "a text for each name",
            var t when Item(t) == typeof(string) => "list of texts",
            var t when Item(t) is not null => "list",
            var t => throw new NotSupportedException($"The document has no word for {t}."),
        };
        return annotated?.GetCustomAttribute<RangeAttribute>() is { } range ? $"{words}, {Bounds(range)}" : words;
    }

    /// <summary>A choice of values.</summary>
    public static string OneOf(IEnumerable<string> values) => string.Join(", ", values.Select(v => $"`{v}`"));

    /// <summary>The default of a property; what must be set has none.</summary>
    public static string DefaultOf(PropertyInfo property, object? defaults) => property.GetValue(defaults) switch
    {
        "" when property.IsDefined(typeof(RequiredAttribute)) => "required",
        var value => Written(property.Name, value),
    };

    /// <summary>A value as it is written in a configuration.</summary>
    public static string Written(string name, object? value) => value switch
    {
        null => "not set",
        "" => "empty",
        bool isTrue => isTrue ? "`true`" : "`false`",
        int or long when name.EndsWith("Bytes", StringComparison.Ordinal) =>
            $"`{value}` ({Size(Convert.ToInt64(value, CultureInfo.InvariantCulture))})",
        IEnumerable<string> texts => texts.Any() ? $"`{string.Join(',', texts)}`" : "empty",
        IEnumerable and not string => "empty",
        IFormattable number => $"`{number.ToString(null, CultureInfo.InvariantCulture)}`",
        _ => $"`{value}`",
    };

    /// <summary>A number with its thousands apart.</summary>
    public static string Grouped(double number) => number.ToString("#,0.##", CultureInfo.InvariantCulture);

    private static string Bounds(RangeAttribute range)
    {
        var (least, most) = (Number(range.Minimum), Number(range.Maximum));
        return most is int.MaxValue or >= long.MaxValue ? $"at least {Grouped(least)}" : $"{Grouped(least)} to {Grouped(most)}";
    }

    private static double Number(object bound) => Convert.ToDouble(bound, CultureInfo.InvariantCulture);

    private static string Size(long bytes) => bytes >= 1 << 30 ? $"{bytes >> 30} GiB" : $"{bytes >> 20} MiB";
}
