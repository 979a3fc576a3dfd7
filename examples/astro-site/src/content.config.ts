import { defineCollection } from 'astro:content';
import { z } from 'astro/zod';
import { buildhub } from './loaders/buildhub';

const entries = defineCollection({
  loader: buildhub(),
  schema: z.object({
    key: z.string(),
    marker: z.string(),
    kind: z.string(),
    title: z.string(),
    url: z.string(),
    summary: z.string(),
    image: z.string(),
    imageAlt: z.string(),
    author: z.string(),
    tags: z.array(z.string()),
    date: z.coerce.date(),
    isDated: z.boolean(),
  }),
});

export const collections = { entries };
