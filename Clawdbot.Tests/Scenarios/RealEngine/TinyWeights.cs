namespace Clawdbot.Tests.Scenarios.RealEngine;

/// <summary>Makes weights for a model that has learned nothing.</summary>
internal sealed class TinyWeights(Random random)
{
    /// <summary>Drawn from a normal distribution around 0.</summary>
    /// <param name="name">Of the tensor.</param>
    /// <param name="deviation">Standard deviation.</param>
    /// <param name="shape">The innermost dimension first.</param>
    public GgufTensor Random(string name, double deviation, params int[] shape) => Make(name, shape, _ => Normal(deviation));

    /// <summary>The same, but zero in every row for whose number <paramref name="isDrawn"/> is false.</summary>
    public GgufTensor Rows(string name, double deviation, int width, int rows, Func<int, bool> isDrawn) =>
        Make(name, [width, rows], i => isDrawn(i / width) ? Normal(deviation) : 0);

    /// <summary>One value everywhere.</summary>
    public static GgufTensor Constant(string name, float value, params int[] shape) => Make(name, shape, _ => value);

    private static GgufTensor Make(string name, int[] shape, Func<int, float> value)
    {
        var values = new float[shape.Aggregate(1, (product, length) => product * length)];
        for (var i = 0; i < values.Length; i++)
            values[i] = value(i);
        return new GgufTensor(name, shape, values);
    }

    private float Normal(double deviation) =>
        (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(Math.Tau * random.NextDouble()));
}
